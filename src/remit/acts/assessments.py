"""Answered scales: recorded once, scored by the pathway, corrected by a new row; a risky answer becomes a task.

A missing answer is never a zero: an incomplete scale is kept as incomplete, without a total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from remit.acts import risk
from remit.acts.actors import Actor, Conflict, Refused
from remit.acts.clock import now
from remit.acts.core import act_on, note
from remit.acts.rights import may_correct_score, may_rate
from remit.knowledge import scales
from remit.pathway.scales import Scale
from remit.pathway.scoring import Score, alert_items_missing, score, score_total
from remit.pathway.wording import Wording
from remit.quantities import BadInput
from remit.records.models import Assessment, Course, Patient, Role, ScaleLink, Task

STAFF_MODES = ("paper", "spoken")
LINK, ACCOUNT = "link", "account"
SELF_RATED = "self"
_AHEAD = timedelta(minutes=1)
"""How far the clock of whoever types may be ahead."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered: the answers in the order of the items (null is missing).

    With a `total`, that was read off a form, and `answers` hold at most the items that raise alerts.
    """

    answers: tuple[int | None, ...] = ()
    total: int | None = None
    unscored: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of it: the row, its score, the task that it opened, and whether it had been sent before."""

    assessment: Assessment
    score: Score
    task: Task | None = None
    repeated: bool = False


@act_on(Patient, "record_assessment", right=may_rate)
def record_assessment(
    actor: Actor,
    patient: Patient,
    scale_id: str,
    given: Given,
    taken_at: datetime,
    client_id: UUID,
    mode: str = "paper",
) -> Recorded:
    """Record a scale that a person answered. Sent again with the same `client_id`, it changes nothing."""
    scale = scales.scale(scale_id)
    mode = _mode(actor, scale, mode)
    held = scored(scale, given)
    before = Assessment.objects.filter(client_id=client_id).first()
    if before is not None:
        return _again(before, patient, scale, given)
    _check_time(patient, taken_at)
    made = store(patient, scale, given, held, taken_at, by_id=actor.me, client_id=client_id, mode=mode)
    return Recorded(made, held, follow(patient, scale, held, made, made.pk, mode))


@act_on(Assessment, "correct_assessment", right=may_correct_score)
def correct_assessment(
    actor: Actor, old: Assessment, given: Given, taken_at: datetime, reason: str, client_id: UUID
) -> Recorded:
    """Put a corrected row in the place of one; both stay, and the new one says why."""
    scale = scales.scale(old.scale_id)
    held = scored(scale, given)
    before = Assessment.objects.filter(client_id=client_id).first()
    if before is not None:
        return _again(before, old.patient, scale, given)
    _check_replaceable(old, reason)
    _check_time(old.patient, taken_at)
    made = store(
        old.patient, scale, given, held, taken_at, by_id=actor.me, client_id=client_id, mode=old.mode,
        course=old.course, supersedes=old, reason=reason.strip(),
    )  # fmt: skip
    return Recorded(made, held, follow(old.patient, scale, _fresh(scale, held, old), made, root_of(old), old.mode))


def _fresh(scale: Scale, held: Score, old: Assessment) -> Score:
    """What a corrected score says of suicide that the old row did not say already."""
    raised = {(one["item"], one["value"]) for one in old.alerts}
    alerts = tuple(one for one in held.alerts if (one.item, one.value) not in raised)
    unknown = alert_items_missing(scale, old.answers)
    asked = held.alert_items_missing == unknown
    return replace(held, alerts=alerts, alert_items_missing=() if asked else held.alert_items_missing)


@act_on(Assessment, "withdraw_assessment", right=may_correct_score)
def withdraw_assessment(actor: Actor, old: Assessment, reason: str, client_id: UUID) -> Assessment:
    """Take a row back that never belonged here, such as another person's form; it stays on record, struck through."""
    before = Assessment.objects.filter(client_id=client_id).first()
    if before is not None:
        if before.supersedes_id != old.pk or not before.withdrawn:
            raise Conflict("withdraw_assessment", [_SENT_BEFORE])
        return before
    _check_replaceable(old, reason)
    return Assessment.objects.create(
        clinic_id=old.clinic_id, patient=old.patient, course=old.course, session=old.session, scale_id=old.scale_id,
        answers=old.answers, total=old.total, band=old.band, complete=old.complete, alerts=old.alerts,
        taken_at=old.taken_at, extra=old.extra, by_id=actor.me, at=now(), client_id=client_id, supersedes=old,
        withdrawn=True, reason=reason.strip(),
    )  # fmt: skip


@act_on(Patient, "preview_score", right=may_rate, reads=True, audited=False)
def preview_score(actor: Actor, patient: Patient, scale_id: str, given: Given) -> Score:
    """What the answers typed so far come to."""
    return scored(scales.scale(scale_id), given)


def scored(scale: Scale, given: Given) -> Score:
    """The score of what was given; with a total, the alerts of the items given beside it are raised too.

    Raises `BadInput` for an answer or a total out of its range, and where nothing was given.
    """
    if given.total is None:
        if all(answer is None for answer in given.answers):
            raise BadInput(f"{scale.id}: at least one answer is needed")
        return score(scale, given.answers)
    return score_total(scale, given.total, given.answers)


def store(
    patient: Patient,
    scale: Scale,
    given: Given,
    held: Score,
    taken_at: datetime,
    *,
    client_id: UUID,
    mode: str,
    by_id: UUID | None = None,
    course: Course | None = None,
    link: ScaleLink | None = None,
    supersedes: Assessment | None = None,
    reason: str = "",
) -> Assessment:
    """Keep an assessment as it was scored."""
    made: Assessment = Assessment.objects.create(
        clinic_id=patient.clinic_id, patient=patient, course=course or course_of(patient), scale_id=scale.id,
        answers=list(given.answers), total=held.total, band=held.band or "", complete=held.complete,
        alerts=[{"item": one.item, "value": one.value, "action": one.action} for one in held.alerts],
        taken_at=taken_at, by_id=by_id, at=now(),
        client_id=client_id, link=link, supersedes=supersedes, reason=reason,
        extra={"mode": mode, "unscored": dict(given.unscored), "total_only": given.total is not None},
    )  # fmt: skip
    note(made, scale=scale.id, complete=held.complete)
    return made


def follow(patient: Patient, scale: Scale, held: Score, made: Assessment, root: UUID, mode: str) -> Task | None:
    """What a score asks for: a task for a risky answer; for an item that is not known, a question."""
    detail = {"scale": scale.id, "assessment": str(made.pk), "mode": mode}
    if held.alerts:
        alerts = alerts_of(held)
        return risk.open_risk_task(patient, root, alert_words(scale.id, alerts), alerts, now(), **detail)
    if held.alert_items_missing:
        items = ", ".join(str(n) for n in held.alert_items_missing)
        why = "was left out" if mode in (LINK, ACCOUNT) else "is not known"
        return risk.open_left_out_task(patient, root, f"{scale.id} item {items} {why}, ask", now(), **detail)
    return None


def alerts_of(held: Score) -> list[dict[str, Any]]:
    """The alerts of a score as a task keeps them."""
    return [{"item": one.item, "value": one.value, "action": one.action} for one in held.alerts]


def alert_words(scale_id: str, alerts: Sequence[Mapping[str, Any]]) -> str:
    """The alerts in a few words, such as `PHQ9 item 9 answered 2`."""
    said = [f"item {one['item']} answered {one['value']}" if one["item"] else f"total {one['value']}" for one in alerts]
    return f"{scale_id} {', '.join(said)}"


def course_of(patient: Patient) -> Course | None:
    """The course that a score of today belongs to: the newest that is planned or under way."""
    return patient.courses.filter(status__in=("planned", "active")).order_by("-started_on", "-prescribed_at").first()


def root_of(row: Assessment) -> UUID:
    """The first row of a chain of corrections; for one that came by link, the link under which its task was opened."""
    first: Any = row
    while first.supersedes is not None:
        first = first.supersedes
    return first.link_id or first.pk


def _mode(actor: Actor, scale: Scale, mode: str) -> str:
    if actor.is_a(Role.PATIENT) and not actor.is_a(Role.PRESCRIBER, Role.NURSE, Role.THERAPIST):
        if not for_patients(scale):
            raise Refused("record_assessment", [f"{scale.id}: a patient answers it with somebody of the clinic"])
        return ACCOUNT
    if mode not in STAFF_MODES:
        raise BadInput(f"how: one of {', '.join(STAFF_MODES)} is needed, not {mode!r}")
    return mode


def for_patients(scale: Scale) -> bool:
    """True for a scale that a person may answer alone: self-rated, and its published wording is carried."""
    return scale.rater == SELF_RATED and wording_of(scale.id) is not None


@cache
def wording_of(scale_id: str) -> Wording | None:
    """The published wording of a scale, where one may be shown."""
    return scales.wording(scale_id)


def _check_time(patient: Patient, taken_at: datetime) -> None:
    if taken_at > now() + _AHEAD:
        raise BadInput(f"answered at: a time up to now is needed, not {taken_at:%Y-%m-%d %H:%M}")
    if taken_at.date() < patient.birth_date:
        born = f"{patient.birth_date}, when the person was born,"
        raise BadInput(f"answered at: a time from {born} is needed, not {taken_at:%Y-%m-%d}")


def _check_replaceable(old: Assessment, reason: str) -> None:
    if not reason.strip():
        raise BadInput("reason: say why it is corrected")
    if old.withdrawn or Assessment.objects.filter(supersedes=old).exists():
        raise Conflict("correct_assessment", ["This entry was corrected already; open the page again and look."])


_SENT_BEFORE = "This form was sent before with something else; open it again and look."


def _again(before: Assessment, patient: Patient, scale: Scale, given: Given) -> Recorded:
    """The same form sent once more: the same answer, and nothing is changed."""
    same = (before.patient_id, before.scale_id, list(before.answers)) == (patient.pk, scale.id, list(given.answers))
    if not same or (given.total is not None and before.total != given.total):
        raise Conflict("record_assessment", [_SENT_BEFORE])
    note(repeated=True)
    return Recorded(before, scored(scale, given), repeated=True)
