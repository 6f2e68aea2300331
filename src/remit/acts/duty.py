"""Who answers at any hour: the duty roster, the crisis contacts, and the alert channel that was proven to work."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from remit.acts import mail
from remit.acts.actors import Actor
from remit.acts.clock import now
from remit.acts.core import act, act_on, note
from remit.acts.rights import may_manage_clinic, may_see_clinic
from remit.quantities import BadInput
from remit.records.models import Account, ClinicSetting, CrisisContact, Membership, OnCallShift, Role

CHANNEL = "alert_channel"
"""The setting that remembers the alert channel's test."""
ON_CALL_ROLES = (Role.PRESCRIBER, Role.NURSE, Role.THERAPIST)


@dataclass(frozen=True, slots=True)
class AlertChannel:
    """The channel over which alerts leave the house, and whether a message over it arrived."""

    is_set: bool
    sent_to: str = ""
    sent_at: datetime | None = None
    confirmed_at: datetime | None = None

    @property
    def works(self) -> bool:
        """True where a test message arrived and the channel is still set."""
        return self.is_set and self.confirmed_at is not None


@dataclass(frozen=True, slots=True)
class Duty:
    """Who answers from now on, and over what."""

    shifts: list[OnCallShift]
    now: list[Account]
    covered_until: datetime | None
    contacts: list[CrisisContact]
    channel: AlertChannel
    candidates: list[Account]
    links_off: list[str]
    """Why no links are sent to patients yet; empty when they may be."""


@act("show_duty", right=may_see_clinic, reads=True)
def show_duty(actor: Actor) -> Duty:
    """The roster from now on, the crisis contacts and the alert channel."""
    clinic = actor.here
    return Duty(
        shifts=list(_shifts(clinic).filter(ends__gt=now()).select_related("account")),
        now=on_call(clinic, now()),
        covered_until=covered_until(clinic, now()),
        contacts=list(CrisisContact.objects.filter(clinic_id=clinic, active=True).order_by("country", "name")),
        channel=alert_channel(clinic),
        candidates=_candidates(clinic),
        links_off=links_off(clinic),
    )


def on_call(clinic_id: UUID, at: datetime) -> list[Account]:
    """Who is on duty at this moment, in the order in which they are told; empty outside the cover."""
    shifts = _shifts(clinic_id).filter(starts__lte=at, ends__gt=at, account__is_active=True)
    return [shift.account for shift in shifts.select_related("account").order_by("order", "starts")]


def covered_until(clinic_id: UUID, at: datetime) -> datetime | None:
    """Until when somebody is on duty without a gap; null when nobody is."""
    until = None
    for shift in _shifts(clinic_id).filter(ends__gt=at).order_by("starts"):
        if shift.starts > (until or at):
            break
        until = max(until or shift.ends, shift.ends)
    return until


def crisis_contacts(clinic_id: UUID, country: str = "") -> list[CrisisContact]:
    """The numbers for a person in danger: those of this country first."""
    held = CrisisContact.objects.filter(clinic_id=clinic_id, active=True).order_by("name")
    return sorted(held, key=lambda contact: contact.country != country.upper())


def alert_channel(clinic_id: UUID) -> AlertChannel:
    """The alert channel as last tested."""
    held = _channel(clinic_id)
    return AlertChannel(
        is_set=mail.is_set(),
        sent_to=held.get("sent_to", ""),
        sent_at=_moment(held.get("sent_at")),
        confirmed_at=_moment(held.get("confirmed_at")),
    )


def links_off(clinic_id: UUID, country: str = "") -> list[str]:
    """Why no link may be sent to a patient yet: nobody could answer a risky answer. Empty when links may be sent.

    With the patient's `country` a crisis contact of that country is asked for.
    """
    reasons = []
    tested = CrisisContact.objects.filter(clinic_id=clinic_id, active=True, tested_at__isnull=False)
    if not (tested.filter(country=country.upper()) if country else tested).exists():
        of_country = f" for {country.upper()}" if country else ""
        reasons.append(f"No crisis contact{of_country} is set and tested.")
    if not _shifts(clinic_id).filter(ends__gt=now()).exists():
        reasons.append("Nobody is on the duty roster, now or later.")
    channel = alert_channel(clinic_id)
    if not channel.is_set:
        reasons.append("No alert channel is set: the installation needs a mail server (REMIT_SMTP_URL).")
    elif not channel.works:
        reasons.append("The alert channel was not tested: send a test message and confirm that it arrived.")
    return reasons


@act("add_shift", right=may_manage_clinic)
def add_shift(actor: Actor, account_id: UUID | str, starts: datetime, ends: datetime, order: int = 0) -> OnCallShift:
    """Put a person on duty; order 0 is told first, 1 when nobody answered, and so on."""
    if ends <= starts:
        raise BadInput(f"shift: the end must come after the start, not {ends:%d %b %H:%M} after {starts:%d %b %H:%M}")
    if order < 0:
        raise BadInput(f"order: 0 or more is needed, not {order}")
    person = next((one for one in _candidates(actor.here) if str(one.pk) == str(account_id)), None)
    if person is None:
        raise BadInput(f"person: a {', '.join(ON_CALL_ROLES)} of this clinic is needed")
    shift = OnCallShift.objects.create(clinic_id=actor.here, account=person, starts=starts, ends=ends, order=order)
    note(shift, person=str(person.pk), starts=starts.isoformat(), ends=ends.isoformat(), order=order)
    return shift


@act_on(OnCallShift, "remove_shift", right=may_manage_clinic)
def remove_shift(_: Actor, shift: OnCallShift) -> None:
    """Take a person off duty; the row history keeps that they were on it."""
    note(person=str(shift.account_id), starts=shift.starts.isoformat(), ends=shift.ends.isoformat())
    shift.delete()


@act("add_crisis_contact", right=may_manage_clinic)
def add_crisis_contact(
    actor: Actor, country: str, name: str, phone: str, *, url: str = "", hours: str = ""
) -> CrisisContact:
    """Add a number that a person in danger can reach."""
    if len(country.strip()) != 2:
        raise BadInput(f"country: a code of two letters such as US is needed, not {country!r}")
    if not name.strip() or not any(sign.isdigit() for sign in phone):
        raise BadInput("crisis contact: a name and a telephone number are needed")
    contact = CrisisContact.objects.create(
        clinic_id=actor.here, country=country.strip().upper(), name=name.strip(), phone=phone.strip(),
        url=url.strip(), hours=hours.strip(),
    )  # fmt: skip
    note(contact, name=contact.name, phone=contact.phone)
    return contact


@act_on(CrisisContact, "confirm_crisis_contact", right=may_manage_clinic)
def confirm_crisis_contact(_: Actor, contact: CrisisContact) -> CrisisContact:
    """Say that this number was rung and answered."""
    contact.tested_at = now()
    contact.save(update_fields=["tested_at"])
    note(name=contact.name)
    return contact


@act_on(CrisisContact, "remove_crisis_contact", right=may_manage_clinic)
def remove_crisis_contact(_: Actor, contact: CrisisContact) -> None:
    """Show this number no longer."""
    contact.active = False
    contact.save(update_fields=["active"])
    note(name=contact.name)


@act("test_alert_channel", right=may_manage_clinic)
def test_alert_channel(actor: Actor, to: str) -> str:
    """Send a test message with a number that proves its arrival; the reason when it did not go, else nothing."""
    if "@" not in to:
        raise BadInput(f"to: an e-mail address is needed, not {to!r}")
    number = f"{secrets.randbelow(10**6):06d}"
    failure = mail.send(
        to.strip(),
        "Remit: test of the alert channel",
        f"This is a test. Enter the number {number} on the Clinic page to confirm that alerts arrive here.\n",
    )
    note(to=to.strip(), sent=not failure, error=failure)
    if not failure:
        _keep_channel(actor, {"sent_to": to.strip(), "sent_at": now().isoformat(), "number": number})
    return failure


@act("confirm_alert_channel", right=may_manage_clinic)
def confirm_alert_channel(actor: Actor, number: str) -> AlertChannel:
    """Confirm with its number that the test message arrived."""
    held = _channel(actor.here)
    if not hmac.compare_digest(held.get("number") or "no test", "".join(number.split())):
        raise BadInput("number: it is not the one in the last test message")
    held |= {"confirmed_at": now().isoformat(), "number": ""}
    _keep_channel(actor, held)
    note(to=held["sent_to"])
    return alert_channel(actor.here)


def _keep_channel(actor: Actor, held: dict[str, Any]) -> None:
    ClinicSetting.objects.update_or_create(
        clinic_id=actor.here,
        key=CHANNEL,
        defaults={"value": held, "set_by_id": actor.me, "set_at": now()},
    )


def _channel(clinic_id: UUID) -> dict[str, Any]:
    found = ClinicSetting.objects.filter(clinic_id=clinic_id, key=CHANNEL).values_list("value", flat=True).first()
    return dict(found or {})


def _shifts(clinic_id: UUID) -> QuerySet[OnCallShift]:
    return OnCallShift.objects.filter(clinic_id=clinic_id)


def _candidates(clinic_id: UUID) -> list[Account]:
    rows = Membership.objects.filter(clinic_id=clinic_id, active=True, role__in=ON_CALL_ROLES, account__is_active=True)
    found = {row.account_id: row.account for row in rows.select_related("account").order_by("account__display_name")}
    return list(found.values())


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
