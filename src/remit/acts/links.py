"""Links by which a patient answers a scale on a phone: made by staff, sent once, kept as a digest.

Whoever holds the token acts as that patient, for that one scale, until it was sent, expired or was withdrawn.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from remit.acts import duty, limits, mail, settings
from remit.acts.actors import Actor, Conflict, NotHere, Refused
from remit.acts.assessments import for_patients
from remit.acts.clock import now
from remit.acts.core import act_on, note
from remit.acts.rights import may_send_link
from remit.knowledge import scales
from remit.pathway.scales import Scale
from remit.records.models import CrisisContact, Notification, Patient, ScaleLink

EMAIL = "email"
ADDRESS = "<address of the link>"
"""Where the address stands in a mail until it is sent; a clinic's own words are no pattern."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new link. `token` is known here and nowhere else; null when the same request made it before."""

    link: ScaleLink
    token: str | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a link: mailed, or its address to be handed over, and why the mail did not go."""

    link: ScaleLink
    address: str | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class LinksOfPatient:
    """A patient's links, the newest first, the scales that may be asked, and why none may be sent."""

    patient: Patient
    links: list[ScaleLink]
    scales: list[Scale]
    refusals: list[str]
    works_for_days: int


@act_on(Patient, "list_links", right=may_send_link, reads=True)
def list_links(actor: Actor, patient: Patient) -> LinksOfPatient:
    """The links of a patient, and whether another may be sent."""
    return LinksOfPatient(
        patient=patient,
        links=list(patient.scale_links.select_related("created_by").order_by("-created_at")),
        scales=askable(),
        refusals=refusals(patient),
        works_for_days=int(settings.value(patient.clinic_id, "link_works_for")),
    )


def askable() -> list[Scale]:
    """The scales that a patient may answer alone."""
    return [scale for scale in scales.scales().values() if for_patients(scale)]


def refusals(patient: Patient) -> list[str]:
    """Every reason why this patient is sent no link now."""
    return duty.links_off(patient.clinic_id, country_of(patient))


def country_of(patient: Patient) -> str:
    """The country whose crisis contacts are this patient's: the own, else the clinic's."""
    return (patient.country or patient.clinic.country).upper()


@act_on(Patient, "create_link", right=may_send_link)
def create_link(actor: Actor, patient: Patient, scale_id: str, key: UUID) -> Issued:
    """Make a link to a scale; open links of this patient to the same scale end with it. `key` is its client-made id."""
    scale = scales.scale(scale_id)
    held = ScaleLink.objects.filter(pk=key).first()
    if held is not None:
        return _made_before(held, patient, scale)
    reasons = refusals(patient)
    if not for_patients(scale):
        reasons.append(f"{scale.id}: a patient answers it with somebody of the clinic, not alone.")
    if reasons:
        raise Refused("create_link", reasons)
    ended = open_links().filter(patient=patient, scale_id=scale.id).update(revoked=True)
    token = secrets.token_urlsafe(32)
    days = int(settings.value(patient.clinic_id, "link_works_for"))
    link = ScaleLink.objects.create(
        id=key, clinic_id=patient.clinic_id, patient=patient, scale_id=scale.id, token_digest=digest_of(token),
        course=patient.courses.filter(status="active").order_by("-started_on").first(), created_by_id=actor.me,
        created_at=now(), expires_at=now() + timedelta(days=days),
    )  # fmt: skip
    note(link, scale=scale.id, ended=ended)
    return Issued(link, token)


def send_link(
    actor: Actor, patient_id: UUID | str, scale_id: str, key: UUID, address_of: Callable[[str], str], *, by_mail: bool
) -> Sent:
    """Make a link and mail it; where no mail goes, its address comes back, to be handed over.

    The mail goes after the link is stored, and outside of every transaction: a slow mail server holds nobody up.
    """
    issued = create_link(actor, patient_id, scale_id, key)
    if issued.token is None:
        return Sent(issued.link)
    address = address_of(issued.token)
    if not by_mail:
        return Sent(issued.link, address)
    return deliver(actor, issued.link.pk, address)


@act_on(ScaleLink, "read_delivery", right=may_send_link, reads=True, audited=False)
def _read_delivery(actor: Actor, link: ScaleLink) -> tuple[str, str, str]:
    """Where a link goes, and the mail's subject and text; it names neither the scale nor the illness."""
    contacts = duty.crisis_contacts(link.clinic_id, country_of(link.patient))[:2]
    numbers = "".join(f"    {one.name}: {one.phone}\n" for one in contacts)
    until = link.expires_at.astimezone(link.clinic.zone)
    body = (
        f"{link.clinic.name} asks you to answer a few questions. Open this on your phone or computer:\n\n"
        f"    {ADDRESS}\n\nIt works until {until:%a %d %b, %H:%M} and is meant for you alone.\n\n"
        f"This mail is not read by anybody if you answer it. If you are in danger, call:\n\n{numbers}"
    )
    return link.patient.email, f"{link.clinic.name}: a few questions", body


def deliver(actor: Actor, link_id: UUID, address: str) -> Sent:
    """Mail a link to its patient, and keep whether it went."""
    to, subject, body = _read_delivery(actor, link_id)
    failure = mail.send(to, subject, body.replace(ADDRESS, address)) if to else "no e-mail address is recorded"
    link = _keep_delivery(actor, link_id, to, failure)
    return Sent(link, address if failure else None, failure)


@act_on(ScaleLink, "keep_delivery", right=may_send_link)
def _keep_delivery(actor: Actor, link: ScaleLink, to: str, failure: str) -> ScaleLink:
    """Keep that the mail with a link went, or why not."""
    Notification.objects.create(
        clinic_id=link.clinic_id, channel=EMAIL, to_address=to, sent_at=now(), ok=not failure, error=failure
    )
    if not failure:
        link.sent_to = to
        link.save(update_fields=["sent_to"])
    note(to=to, error=failure)
    return link


@act_on(ScaleLink, "revoke_link", right=may_send_link)
def revoke_link(actor: Actor, link: ScaleLink, patient_id: UUID) -> ScaleLink:
    """Withdraw a link of this patient: it answers nothing any more, and still shows the crisis contact."""
    if link.patient_id != patient_id:
        raise NotHere("revoke_link", ["This patient has no such link."])
    if link.submitted_at is not None:
        raise Conflict("revoke_link", ["This link was answered already."])
    link.revoked = True
    link.save(update_fields=["revoked"])
    note(scale=link.scale_id)
    return link


def open_links() -> QuerySet[ScaleLink]:
    """The links that can still be answered, of every clinic."""
    return ScaleLink.objects.filter(submitted_at=None, revoked=False, expires_at__gt=now())


def state_of(link: ScaleLink, at: datetime) -> str:
    """open, used, revoked or expired."""
    if link.submitted_at is not None:
        return "used"
    if link.revoked:
        return "revoked"
    return "open" if at < link.expires_at else "expired"


def digest_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds a token: an actor for that patient's link alone."""

    actor: Actor
    link_id: UUID


def holder(token: str) -> Held | None:
    """Who holds this token; null where there is no such link."""
    found = ScaleLink.objects.filter(token_digest=digest_of(token)).first()
    return Held(Actor.by_link(found.clinic_id, found.patient_id), found.pk) if found else None


def too_often(held: Held | None, address: str, at: datetime) -> bool:
    """True where this link, or this network address, asks for more pages in an hour than it is shown."""
    if held is None:
        return not limits.within("unknown link", address, int(settings.default("unknown_links_an_hour")), at)
    clinic = held.actor.here
    by_link = limits.within("link", str(held.link_id), int(settings.value(clinic, "link_steps_an_hour")), at)
    most = int(settings.value(clinic, "address_steps_an_hour"))
    return not (limits.within("link address", address, most, at) and by_link)


def any_contacts() -> list[CrisisContact]:
    """The crisis contacts of this installation, for a page that belongs to no clinic."""
    held = CrisisContact.objects.filter(active=True).order_by("country", "name")
    return list({(one.country, one.phone): one for one in held}.values())


def _made_before(held: ScaleLink, patient: Patient, scale: Scale) -> Issued:
    if (held.patient_id, held.scale_id) != (patient.pk, scale.id):
        raise Conflict("create_link", ["This form was sent before with something else; open the page again and look."])
    return Issued(held, None)
