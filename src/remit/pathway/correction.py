"""Whether a correction is taken in, and what then stands in the place of the corrected entry."""

from __future__ import annotations

from typing import Any

import msgspec

from remit.pathway.acceptance import judge_discharge
from remit.pathway.chart import Chart
from remit.pathway.entries import (
    Arrived,
    Cancel,
    Cleared,
    Correct,
    DeviceGiven,
    Discharge,
    DoseStart,
    Entry,
    Left,
    Note,
    Role,
)
from remit.pathway.entry_reading import read_entry
from remit.pathway.judgement import Judgement, refused
from remit.pathway.suicide_risk import is_sign
from remit.quantities import BadInput

MOVES = (Arrived, Cleared, Discharge, Left, Cancel)
"""Kinds on which later entries rest: their time or words may be corrected, they cannot be taken back."""
_KEPT = ("at", "by", "taken_at", "account")


def corrected(chart: Chart, entry: Correct, old: Entry | None) -> tuple[Judgement, Entry | None]:
    """The judgement on a correction, and the entry that will stand.

    The new entry says the old one's kind anew, or says in a `note` that it never happened. A new entry without a
    `kind` changes only what it names. When and by whom stay as they were unless it says otherwise.
    """
    if old is None:
        return refused(f"correct: of: no accepted entry has index {entry.of}"), None
    if not entry.reason:
        return Judgement(["correct: a reason is needed"], needs=("reason",)), None
    try:
        now = read_entry(_merged(entry, old), chart.plan.rules)
    except BadInput as error:
        return refused(f"correct: {error}"), None
    back = _takes_back_risk(chart, entry, old, now)
    return Judgement([*_objections(chart, entry, old, now), *back], needs=("prescriber",) if back else ()), now


def _merged(entry: Correct, old: Entry) -> dict[str, Any]:
    before: dict[str, Any] = msgspec.structs.asdict(old)
    kept = {key: before[key] for key in _KEPT if "at" not in entry.entry or key not in ("at", "taken_at")}
    if "kind" in entry.entry:
        return {**kept, **entry.entry, **_confirmed(entry, old)}
    return {**before, "kind": old.kind, **kept, **entry.entry, **_confirmed(entry, old)}


def _confirmed(entry: Correct, old: Entry) -> dict[str, Any]:
    """Two people stand behind a corrected time of a dose: who charted it, and one of those who correct it."""
    if not (names_dose_time(entry, old) and entry.has_second_person):
        return {}
    if old.account is not None and entry.second_account == old.account:
        return {"second_person": entry.by.value, "second_account": entry.account}
    return {"second_person": entry.second_person, "second_account": entry.second_account}


def names_dose_time(entry: Correct, old: Entry) -> bool:
    """True where a correction says when a dose was given."""
    return isinstance(old, DeviceGiven | DoseStart) and not {"at", "taken_at"}.isdisjoint(entry.entry)


def _takes_back_risk(chart: Chart, entry: Correct, old: Entry, now: Entry) -> list[str]:
    """What was said of suicide is not taken back by whoever would have to wait for a prescriber."""
    rules = chart.plan.rules
    if entry.by is Role.PRESCRIBER or not is_sign(old, rules) or is_sign(now, rules):
        return []
    return [f"correct: what was said of suicide is taken back by a prescriber, not by a {entry.by.value}"]


def _objections(chart: Chart, entry: Correct, old: Entry, now: Entry) -> list[str]:
    found = []
    if isinstance(now, Correct):
        found.append("correct: a correction corrects an entry, not a correction")
    elif type(now) is not type(old) and (not isinstance(now, Note) or isinstance(old, MOVES)):
        instead = "" if isinstance(old, MOVES) else " or note"
        found.append(f"correct: kind: {old.kind}{instead} is needed, not {now.kind}")
    if now.occurred > entry.at:
        found.append(f"taken_at: not after {entry.at.isoformat()} is possible, not {now.occurred.isoformat()}")
    if isinstance(now, Cleared) and now.by is not Role.PRESCRIBER:
        found.append(f"cleared: a prescriber is needed, not a {now.by.value}")
    if isinstance(now, Discharge) and not found:
        found += judge_discharge(chart, now)[0].refusals
    return found
