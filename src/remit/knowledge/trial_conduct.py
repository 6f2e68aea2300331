"""How a virtual trial is run where nobody chooses otherwise, read from its file, strictly."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

import msgspec

from remit.knowledge.documents import FOLDER
from remit.knowledge.files import as_schema, read_typed
from remit.pathway.sourced import Origin, Source, Sourced, Status
from remit.pathway.trial_conduct import Attendance, Conduct, Missing, Raise, Raised, WithdrawalRule
from remit.quantities import BadInput

FILE = FOLDER / "pharmacology" / "trial_conduct.yaml"
T = TypeVar("T")


class _Said(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    origin: Origin
    status: str
    note: str = ""


class _Number(_Said, kw_only=True):
    value: float
    unit: str


class _Whole(_Said, kw_only=True):
    value: int
    unit: str


class _Leave(_Number, kw_only=True):
    per_days: int


class _Word(_Said, kw_only=True):
    value: Missing


class _Step(_Said, kw_only=True):
    value: Raise


class _From(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    session: int
    share: float


class _Raised(_Said, kw_only=True):
    doses: tuple[str, str]
    from_sessions: tuple[_From, ...]
    src: tuple[str, ...]


class _Stable(_Said, kw_only=True):
    at_most: float
    scores: int
    of: int


class _Relapse(_Number, kw_only=True):
    scores: int


class _Withdrawal(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    protocol: str
    open_weeks: _Whole
    stable: _Stable
    relapse: _Relapse
    event_per_d: _Number
    event_per_point: _Number
    follow_weeks: _Whole


class _Conduct(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    missed: _Number
    held_for_pressure: _Number
    made_up_after: _Whole
    raise_dose: _Step
    raised: _Raised
    leave_with_drug: _Leave
    leave_without: _Leave
    missing: _Word
    withdrawal: _Withdrawal


def _marked(value: T, held: _Said, path: str) -> Sourced[T]:
    source = Source(held.origin, Status.read(held.status), held.status)
    return Sourced(value, source, f"trial_conduct.{path}", held.note)


@cache
def trial_conduct() -> Conduct:
    """How a virtual trial is run. Raises `BadInput`."""
    content: dict[str, Any] = as_schema(read_typed(FILE), dict[str, Any], FILE.name)
    held = as_schema(content.get("trial_conduct"), _Conduct, FILE.name)
    attendance = Attendance(
        missed=_marked(held.missed.value, held.missed, "missed"),
        held_for_pressure=_marked(held.held_for_pressure.value, held.held_for_pressure, "held_for_pressure"),
        made_up_after_days=_marked(held.made_up_after.value, held.made_up_after, "made_up_after"),
        leave_with_drug=_marked(held.leave_with_drug.value, held.leave_with_drug, "leave_with_drug"),
        leave_without=_marked(held.leave_without.value, held.leave_without, "leave_without"),
        per_days=held.leave_with_drug.per_days,
        missing=_marked(held.missing.value, held.missing, "missing"),
    )
    step = _marked(held.raise_dose.value, held.raise_dose, "raise_dose")
    return Conduct(attendance, step, _raised(held.raised), _withdrawal(held.withdrawal))


def _raised(held: _Raised) -> Sourced[Raised]:
    steps = tuple((one.session, one.share) for one in held.from_sessions)
    if list(steps) != sorted(set(steps)) or not all(n > 1 and 0 < share <= 1 for n, share in steps):
        raise BadInput(f"{FILE.name}: raised: sessions from the second on and shares up to 1 are needed, both rising")
    found = _marked(Raised(held.doses, steps), held, "raised")
    return replace(found, source=replace(found.source, keys=held.src))


def _withdrawal(held: _Withdrawal) -> WithdrawalRule:
    stable, relapse = held.stable, held.relapse
    return WithdrawalRule(
        protocol=held.protocol,
        open_weeks=_marked(held.open_weeks.value, held.open_weeks, "withdrawal.open_weeks"),
        stable_at_most=_marked(stable.at_most, stable, "withdrawal.stable"),
        stable_scores=_marked(stable.scores, stable, "withdrawal.stable"),
        of_scores=stable.of,
        relapse_from=_marked(relapse.value, relapse, "withdrawal.relapse"),
        relapse_scores=relapse.scores,
        event_per_d=_marked(held.event_per_d.value, held.event_per_d, "withdrawal.event_per_d"),
        event_per_point=_marked(held.event_per_point.value, held.event_per_point, "withdrawal.event_per_point"),
        follow_weeks=_marked(held.follow_weeks.value, held.follow_weeks, "withdrawal.follow_weeks"),
    )
