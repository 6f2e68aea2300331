"""What the holder of a link does: opens it, answers, and sends the answers exactly once.

An answer that alarms reaches the person on call at once, not only when everything is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from remit.acts import duty, risk, settings
from remit.acts.actors import Actor, Refused
from remit.acts.assessments import LINK, Given, alert_words, alerts_of, follow, scored, store, wording_of
from remit.acts.clock import now
from remit.acts.core import act_on, note
from remit.acts.links import country_of, state_of
from remit.acts.rights import may_answer_by_link
from remit.acts.risk import Cover
from remit.knowledge import scales
from remit.pathway.scales import Scale
from remit.pathway.scoring import score
from remit.pathway.wording import Wording
from remit.records.models import Assessment, Clinic, CrisisContact, ScaleLink


@dataclass(frozen=True, slots=True)
class Answering:
    """A link as its holder sees it: nothing of the person, only what is asked and who can be reached."""

    state: str
    """open, used, revoked or expired"""
    clinic: Clinic
    scale: Scale
    wording: Wording
    contacts: list[CrisisContact]
    cover: Cover
    expires_at: datetime
    submitted_at: datetime | None
    alerted: bool = False
    """True where an answer was sent that raised an alert."""
    total: float | None = None
    """The total that was sent, where the clinic shows scores to patients."""
    highest: int | None = None

    def alarms(self, item: int, answer: int | None) -> bool:
        """True for an answer that somebody must act on."""
        return any(rule.item == item and rule.fires(answer) for rule in self.scale.alerts)


@act_on(ScaleLink, "open_link", right=may_answer_by_link)
def open_link(actor: Actor, link: ScaleLink) -> Answering:
    """Open a link. Opening is counted and uses nothing up."""
    link.opened_count += 1
    link.save(update_fields=["opened_count"])
    note(opened=link.opened_count)
    return _seen(link)


@act_on(ScaleLink, "read_link", right=may_answer_by_link, reads=True, audited=False)
def read_link(actor: Actor, link: ScaleLink) -> Answering:
    """Look again at a link that was opened."""
    return _seen(link)


@act_on(ScaleLink, "warn_by_link", right=may_answer_by_link)
def warn_by_link(actor: Actor, link: ScaleLink, answers: Sequence[int | None]) -> Cover:
    """Tell the person on call of an answer that alarms, though the rest is not sent yet."""
    _check_open("warn_by_link", link)
    scale = scales.scale(link.scale_id)
    alerts = alerts_of(score(scale, answers))
    if alerts:
        words = alert_words(scale.id, alerts)
        risk.open_risk_task(link.patient, link.pk, words, alerts, now(), scale=scale.id, mode=LINK)
    return risk.cover(link.clinic_id, now())


@act_on(ScaleLink, "submit_by_link", right=may_answer_by_link)
def submit_by_link(actor: Actor, link: ScaleLink, given: Given) -> Assessment:
    """Send the answers: once. The same link sent again, from another tab or a second press, changes nothing."""
    sent = Assessment.objects.filter(link=link).first()
    if sent is not None:
        note(repeated=True)
        return sent
    _check_open("submit_by_link", link)
    scale = scales.scale(link.scale_id)
    held = scored(scale, given)
    at = now()
    made = store(link.patient, scale, given, held, at, client_id=link.pk, mode=LINK, course=link.course, link=link)
    link.submitted_at = at
    link.save(update_fields=["submitted_at"])
    follow(link.patient, scale, held, made, link.pk, LINK)
    return made


def _check_open(name: str, link: ScaleLink) -> None:
    reasons = {
        "used": "These answers were sent already.",
        "revoked": "The clinic withdrew this link; ask it for another.",
        "expired": "This link has expired; ask the clinic for another.",
    }
    state = state_of(link, now())
    if state in reasons:
        raise Refused(name, [reasons[state]])


def _seen(link: ScaleLink) -> Answering:
    scale = scales.scale(link.scale_id)
    wording = wording_of(scale.id)
    if wording is None:
        raise Refused("open_link", [f"{scale.id}: its text is not carried any more; ask the clinic for another link."])
    sent = Assessment.objects.filter(link=link).first()
    shown = sent is not None and bool(settings.value(link.clinic_id, "patients_see_scores"))
    return Answering(
        state=state_of(link, now()),
        clinic=link.clinic,
        scale=scale,
        wording=wording,
        contacts=contacts_for(link.clinic_id, country_of(link.patient)),
        cover=risk.cover(link.clinic_id, now()),
        expires_at=link.expires_at,
        submitted_at=link.submitted_at,
        alerted=sent is not None and bool(sent.alerts),
        total=sent.total if sent is not None and shown else None,
        highest=scale.total.value.high if scale.total else None,
    )


def contacts_for(clinic_id: UUID, country: str) -> list[CrisisContact]:
    """The numbers of the patient's country; where there are none, every number that the clinic has."""
    held = duty.crisis_contacts(clinic_id, country)
    return [one for one in held if one.country == country] or held
