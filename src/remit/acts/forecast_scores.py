"""What became of the forecasts that are kept: each is held against the first score that came after it.

Reads for other acts and for the command line; no act itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from threading import Lock
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Sum

from remit.acts import settings
from remit.acts.clock import now
from remit.acts.curve import Point, ScoredCourse, scored_course
from remit.acts.forecast_given import after_a_dose
from remit.knowledge import scales
from remit.pathway.forecasting import Record, Told, Worth, record, worth
from remit.records.models import Assessment, Clinic, Course, Forecast, Session

JUDGED_FROM = "forecasts_judged_from"
SCORED, WAITING, NO_SCORE = "scored", "waiting", "no score came"


@dataclass(frozen=True, slots=True)
class Fate:
    """One forecast and what came: on which day, and what the forecast was worth then. Null: no score came so far."""

    forecast: Forecast
    state: str
    eligible: bool
    """True once a later day has begun, on which a score could have come."""
    on: date | None = None
    worth: Worth | None = None


def fates(clinic: Clinic | None = None, version: str | None = None) -> list[Fate]:
    """Every forecast that is kept, of one clinic or of all, of one version of the model or of all."""
    rows = (
        Forecast.objects.select_related("course__clinic", "patient")
        .defer("said")
        .order_by("course_id", "scale_id", "at")
    )
    rows = rows.filter(clinic=clinic) if clinic else rows
    rows = rows.filter(model_version=version) if version else rows
    return [fate for _, held in groupby(rows, key=_of_one_course) for fate in _fates(list(held))]


def _of_one_course(row: Forecast) -> tuple[UUID, str]:
    return row.course_id, row.scale_id


def _fates(rows: Sequence[Forecast]) -> Iterator[Fate]:
    course: Course = rows[0].course
    held = scored_course(rows[0].patient, course, scales.scale(rows[0].scale_id))
    yield from (_fate(row, course, held) for row in rows)


def _fate(row: Forecast, course: Course, held: ScoredCourse) -> Fate:
    zone = course.clinic.zone
    today = now().astimezone(zone).date()
    eligible = today > row.at.astimezone(zone).date()
    came = next((point for point in held.points if _is_outcome(point, row, course, held)), None)
    if came is not None:
        on = came.at.astimezone(zone).date()
        told = row.shares.get(on.isoformat())
        if told is not None:
            return Fate(row, SCORED, eligible, on, worth(_told(row, told), int(came.total or 0)))
    over = came is not None or today > date.fromisoformat(max(row.shares))
    return Fate(row, NO_SCORE if over else WAITING, eligible)


def _is_outcome(point: Point, row: Forecast, course: Course, held: ScoredCourse) -> bool:
    """A completed score of a later day, before that day's dose, that nobody had recorded when the forecast was made."""
    zone = course.clinic.zone
    later = point.at.astimezone(zone).date() > row.at.astimezone(zone).date()
    known = _reached_the_record(point) <= row.at
    return point.total is not None and later and not known and not after_a_dose(point, held, course)


def _reached_the_record(point: Point) -> datetime:
    """When the score was first recorded, before any correction of it."""
    first = point.replaced[-1] if point.replaced else point.row
    at: datetime = first.at if first is not None else point.at
    return at


def _told(row: Forecast, told: Mapping[str, Any]) -> Told:
    scores = row.given["scores"]
    last = float(scores[-1][1] if scores else row.given["baseline"])
    return Told(own=told["own"], base=told["base"], low=told["low"], high=told["high"], last=last)


def record_from(found: Sequence[Fate], least: int) -> Record:
    """What these forecasts were worth together; one that was asked for again on the same record counts once."""
    once = {_asked_of(fate.forecast): fate for fate in reversed(found)}.values()
    scored = [fate.worth for fate in once if fate.worth is not None]
    return record(scored, sum(fate.eligible for fate in once), least)


def _asked_of(row: Forecast) -> tuple[UUID, str, str]:
    # Of the same course, day, scores, doses and model the answer is the same: pressing again adds no evidence.
    return row.course_id, row.given_digest, row.model_digest


# For a page: computed again only where something was recorded since

_Stand = tuple[Any, ...]
_MOST_KEPT = 64
_kept: OrderedDict[tuple[UUID, str], tuple[_Stand, Record]] = OrderedDict()
_lock = Lock()


def record_of(clinic: Clinic, version: str) -> Record:
    """What the forecasts of this version were worth in this clinic so far."""
    least = int(settings.value(clinic.pk, JUDGED_FROM))
    key, stand = (clinic.pk, version), (least, *_stand(clinic, version))
    with _lock:
        known = _kept.get(key)
        if known is not None and known[0] == stand:
            return known[1]
    made = record_from(fates(clinic, version), least)
    with _lock:
        _kept[key] = stand, made
        _kept.move_to_end(key)
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return made


def _stand(clinic: Clinic, version: str) -> _Stand:
    """Changes with everything that could change the record: a forecast, a score, an entry in a session, a day."""
    rows = Forecast.objects.filter(clinic=clinic, model_version=version)
    courses = rows.order_by().values_list("course_id", flat=True).distinct()
    people = rows.order_by().values_list("patient_id", flat=True).distinct()
    scores = Assessment.objects.filter(patient_id__in=people).aggregate(Count("id"), Max("at"))
    entries = Session.objects.filter(course_id__in=courses).aggregate(Sum("last_seq"))
    return (rows.count(), *scores.values(), *entries.values(), now().astimezone(clinic.zone).date())


# For the command line


def score_forecasts() -> dict[str, Any]:
    """Every forecast of this installation, by version of the model, as one document. Names nobody."""
    found = fates()
    return {
        "stored": len(found),
        "states": {state: sum(fate.state == state for fate in found) for state in (SCORED, WAITING, NO_SCORE)},
        "people": len({fate.forecast.patient_id for fate in found}),
        "models": [_model(version, found) for version in sorted({fate.forecast.model_version for fate in found})],
        "forecasts": [_row(fate) for fate in sorted(found, key=lambda fate: fate.forecast.at)],
    }


def _model(version: str, found: Sequence[Fate]) -> dict[str, Any]:
    mine = [fate for fate in found if fate.forecast.model_version == version]
    held = record_from(mine, int(settings.default(JUDGED_FROM)))
    inside = held.coverage
    return {
        "version": version,
        "digests": sorted({fate.forecast.model_digest for fate in mine}),
        "scored": inside.scored,
        "eligible": inside.eligible,
        "in_the_band": {"count": inside.met, "share": inside.proportion, "low": inside.low, "high": inside.high},
        "crps": {"forecast": held.own, "base_rate": held.base, "same_as_last": held.last},
        "judged_from": held.least,
        "no_better_than": list(held.no_better_than) if held.judged else None,
    }


def _row(fate: Fate) -> dict[str, Any]:
    row, held = fate.forecast, fate.worth
    return {
        "id": str(row.pk),
        "at": row.at.isoformat(),
        "scale": row.scale_id,
        "seed": row.seed,
        "model": row.model_version,
        "protocol": row.protocol_id,
        "state": fate.state,
        "outcome_on": fate.on.isoformat() if fate.on else None,
        "outcome": held.came if held else None,
        "in_the_band": held.inside if held else None,
        "crps": {"forecast": held.own, "base_rate": held.base, "same_as_last": held.last} if held else None,
    }
