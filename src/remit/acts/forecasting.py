"""One person's forecast: asked for by a prescriber, computed beside the record, kept before anybody knows what comes.

Advice alone: nothing here proposes or changes a dose, and no act reads a forecast. See decision 0025.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any
from uuid import UUID

from remit.acts.actors import Actor, Conflict, Refused
from remit.acts.core import act_on, note
from remit.acts.curve import ScoredCourse, defined_for
from remit.acts.forecast_given import MODELLED, Collected, Given, collect, has_changed, newest_course, scores_since
from remit.acts.forecast_scores import record_of
from remit.acts.once import make_once
from remit.acts.rights import may_ask_forecast, may_see_forecasts
from remit.knowledge import scales
from remit.pathway.forecasting import Record
from remit.pathway.outcome import describe
from remit.pathway.protocol import Protocol
from remit.pathway.scales import Scale
from remit.quantities import BadInput, Route
from remit.records.models import Course, Forecast, Patient
from remit.records.seal import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from remit.engine.forecast import Course as EngineCourse
    from remit.engine.forecast import Day, Outlook
    from remit.engine.forecast import Forecast as Found

SEED = 1
"""The same virtual patients for everybody and every time: nobody can ask again until the answer pleases."""
_COMPUTED_FROM = (
    ("remit.engine", ".", ".py"),
    ("remit.knowledge", "pharmacology", ".yaml"),
    ("remit.knowledge", "pharmacology", "mood_posterior.csv"),
    ("remit.knowledge", "kinetics", ".yaml"),
    ("remit.knowledge", "molecules", ".yaml"),
)
_NEW_DRUG = "as in this protocol's trials, a new antidepressant is taken to begin with the first session"
_MOST_WAIT_S = 15
_UNDER_WAY = BoundedSemaphore(1)
"""One forecast is computed at a time, so that the chairs' pages keep their pace."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of a person's forecasts on one scale."""

    modelled: bool
    """False for a scale whose course the model does not hold."""
    forecast: Forecast | None
    earlier: int
    """How many were made before this one."""
    scores_since: int
    """How many scores it did not know."""
    changed: bool
    """True where a score or a dose that it was computed from stands otherwise now, or no longer."""
    reasons: tuple[str, ...]
    """Why no new one can be made now."""
    record: Record | None
    """What the model's forecasts were worth here so far."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a forecast will be computed from."""

    course: Course
    protocol: Protocol
    given: Given
    kept: Forecast | None = None
    """The forecast of this key, where it was made before."""


@dataclass(frozen=True, slots=True)
class Computed:
    """A forecast before it is kept: what it was given, by its digest; what it says; and the shares of each score."""

    given_digest: str
    model_version: str
    said: Mapping[str, Any]
    shares: Mapping[str, Any]


@act_on(Patient, "show_forecast", right=may_see_forecasts, reads=True, audited=False)
def show_forecast(actor: Actor, patient: Patient, scale_id: str, read: ScoredCourse | None = None) -> Shown:
    """The newest forecast of the person's course, with what became of such forecasts here.

    `read`: the course's scores and doses, where the page has read them already.
    """
    course = newest_course(patient)
    if scale_id != MODELLED or course is None:
        return Shown(scale_id == MODELLED, None, 0, 0, False, collect(patient).reasons if course is None else (), None)
    collected = collect(patient, read)
    rows = Forecast.objects.filter(course=course, scale_id=scale_id)
    newest = rows.defer("shares").select_related("by").order_by("-at").first()
    return Shown(
        modelled=True,
        forecast=newest,
        earlier=max(rows.count() - 1, 0),
        scores_since=scores_since(collected.given, newest.given) if newest else 0,
        changed=has_changed(collected.given, newest.given) if newest else False,
        reasons=collected.reasons,
        record=record_of(patient.clinic, newest.model_version) if newest else None,
    )


def ask_forecast(actor: Actor, patient_id: UUID, scale_id: str, key: UUID) -> Forecast:
    """Compute a forecast from what is recorded now, and keep it. Asked again with the same key it is the same.

    It is computed between two acts, so that nothing is locked meanwhile. Raises `BadInput` where nothing can be said.
    """
    prepared = prepare_forecast(actor, patient_id, scale_id, key)
    if prepared.kept is not None:
        return prepared.kept
    with _one_at_a_time():
        computed = compute(prepared.protocol, prepared.given)
    return store_forecast(actor, patient_id, scale_id, computed, key)


@act_on(Patient, "prepare_forecast", right=may_ask_forecast, reads=True)
def prepare_forecast(actor: Actor, patient: Patient, scale_id: str, key: UUID) -> Prepared:
    """What a forecast would be computed from. Refused with every reason where the record does not have it."""
    if scale_id != MODELLED:
        raise Refused("prepare_forecast", [not_modelled(scale_id)])
    course, protocol, given = _whole(collect(patient), "prepare_forecast")
    kept = Forecast.objects.filter(clinic_id=actor.here, course=course, pk=key).first()
    return Prepared(course, protocol, given, kept)


@act_on(Patient, "store_forecast", right=may_ask_forecast)
def store_forecast(actor: Actor, patient: Patient, scale_id: str, computed: Computed, key: UUID) -> Forecast:
    """Keep a forecast as it will be shown, unless what it was computed from has changed meanwhile."""
    course, protocol, given = _whole(collect(patient), "store_forecast")
    if digest(given.as_dict()) != computed.given_digest:
        raise Conflict("store_forecast", ["a score or a dose was recorded meanwhile; ask for the forecast again"])
    made = make_once(
        Forecast, actor, key,
        patient=patient, course=course, scale_id=scale_id, seed=SEED,
        model_version=computed.model_version, model_digest=model_digest(),
        protocol_id=protocol.id, protocol_version=course.protocol_version,
        given=given.as_dict(), given_digest=computed.given_digest,
        said=dict(computed.said), shares=dict(computed.shares),
    )  # fmt: skip
    note(made, scale=scale_id, seed=SEED, model=made.model_version)
    return made


def not_modelled(scale_id: str) -> str:
    """Why a scale has no forecast, in words."""
    return f"the model holds the course of the {MODELLED} alone; it does not forecast the {scale_id}"


def _whole(collected: Collected, name: str) -> tuple[Course, Protocol, Given]:
    if collected.given is None or collected.course is None or collected.protocol is None:
        raise Refused(name, list(collected.reasons))
    return collected.course, collected.protocol, collected.given


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not _UNDER_WAY.acquire(timeout=_MOST_WAIT_S):
        raise BadInput("forecast: others are being computed; ask again in a moment")
    try:
        yield
    finally:
        _UNDER_WAY.release()


# What is computed


def compute(protocol: Protocol, given: Given) -> Computed:
    """The forecast of what was given. Raises `BadInput` where the model says nothing of this person."""
    from remit.engine.endpoints import Endpoints
    from remit.engine.forecast import forecast
    from remit.knowledge.mood import mood_chain
    from remit.knowledge.pharmacology import pharmacology

    facts, chain, scale = pharmacology(), mood_chain(), scales.scale(MODELLED)
    held = Endpoints.of(scale, defined_for(scale, protocol))
    course = _engine_course(protocol, given)
    found = forecast(facts, chain, held, course, SEED, chain.forecast.days_ahead)
    notes = [*given.notes, *course.arm.notes, *([_NEW_DRUG] if course.arm.new_antidepressant else [])]
    return Computed(
        given_digest=digest(given.as_dict()),
        model_version=chain.version,
        said=_said(found, given, scale, held, notes),
        shares={given.date(one.expected.day).isoformat(): _shares(one) for one in found.days},
    )


def _engine_course(protocol: Protocol, given: Given) -> EngineCourse:
    from remit.engine.arms import given_arm
    from remit.engine.forecast import Course as Own
    from remit.engine.people import covariates
    from remit.knowledge.mood import mood_chain
    from remit.knowledge.pharmacology import pharmacology

    facts = pharmacology()
    known = {} if given.weight_kg is None else {"weight": f"{given.weight_kg:g}"}
    fixed = {name: float(value) for name, value in covariates(facts.population, known).items()}
    sessions = [(given.day(one.on), one.mg) for one in given.sessions]
    route = Route(given.route)
    arm = given_arm(facts, mood_chain(), protocol, sessions, route, given.minutes, given.weight_kg)
    scores = {given.day(on): total for on, total in given.scores}
    return Own(arm, given.baseline, scores, given.day(given.today), fixed)


def _said(found: Found, given: Given, scale: Scale, held: Any, notes: Sequence[str]) -> dict[str, Any]:
    numbers = {one.on: one.n for one in given.sessions}
    return {
        "patients": found.patients,
        "effective": round(found.effective),
        "ahead": [_visit(one, given, numbers) for one in found.ahead],
        "days": [_visit(one.expected, given, numbers) for one in found.days],
        "relapse_d": _relapse_d(found.relapse_d),
        "without": [{"waited_d": days} | _visit(one, given, {}) for days, one in found.without],
        "last_session": max(numbers).isoformat(),
        "response": describe(scale, held.response),
        "remission": describe(scale, held.remission),
        "notes": list(notes),
    }


def _relapse_d(found: Sequence[float]) -> list[float | None] | None:
    """Days to relapse, null beyond the days that the model follows; null in all where nobody responds."""
    if any(math.isnan(one) for one in found):
        return None
    return [one if math.isfinite(one) else None for one in found]


def _visit(one: Outlook, given: Given, numbers: Mapping[Any, int]) -> dict[str, Any]:
    on = given.date(one.day)
    low, median, high = one.score
    return {
        "on": on.isoformat(),
        "session": numbers.get(on),
        "low": low,
        "median": median,
        "high": high,
        "response": round(one.response, 5),
        "response_between": [round(end, 5) for end in one.response_between],
        "remission": round(one.remission, 5),
    }


def _shares(one: Day) -> dict[str, Any]:
    return {
        "own": _rounded(one.own),
        "base": _rounded(one.base),
        "low": one.expected.score[0],
        "high": one.expected.score[2],
    }


def _rounded(shares: Sequence[float]) -> list[float]:
    """The shares of the scores from 0 on, without those beyond the highest that anybody has."""
    last = max(at for at, share in enumerate(shares) if round(share, 5) > 0)
    return [round(share, 5) for share in shares[: last + 1]]


@cache
def model_digest() -> str:
    """SHA-256 of everything that a forecast is computed from: the engine's code and the facts that it reads."""
    found = hashlib.sha256()
    for package, folder, ending in _COMPUTED_FROM:
        for file in sorted(files(package).joinpath(folder).iterdir(), key=lambda one: one.name):
            if file.name.endswith(ending):
                found.update(f"{package} {file.name}\n".encode() + file.read_bytes())
    return found.hexdigest()
