"""What the tests of follow-up share: a clinic that may send links, and answers to its questionnaires."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from remit.acts import links
from remit.acts.actors import Actor, actor_for
from remit.acts.clock import now
from remit.acts.duty import CHANNEL
from remit.acts.links import Held
from remit.records.models import Account, ClinicSetting, CrisisContact, OnCallShift, Patient
from tests.fixtures.cast import Cast

CALM = (1, 1, 2, 1, 0, 1, 1, 0, 0)
"""A PHQ-9 of 7 without thoughts of death."""
RISKY = (2, 2, 2, 2, 1, 2, 2, 1, 2)


def acting(cast: Cast, account: Account) -> Actor:
    return actor_for(account.pk, cast.clinic.pk)


def contact(cast: Cast, country: str = "US", **more: Any) -> CrisisContact:
    held = {"name": f"Crisis line {country}", "phone": "555 0100", "hours": "day and night", "tested_at": now()}
    return CrisisContact.objects.create(clinic=cast.clinic, country=country, **(held | more))


def channel(cast: Cast, *, confirmed: bool = True) -> None:
    """The alert channel, as a test message proves it."""
    held = {"sent_to": "desk@clinic.example", "sent_at": now().isoformat(), "number": ""}
    ClinicSetting.objects.create(
        clinic=cast.clinic,
        key=CHANNEL,
        value=held | ({"confirmed_at": now().isoformat()} if confirmed else {}),
        set_by=cast.administrator,
        set_at=now(),
    )


def on_duty(cast: Cast, account: Account, order: int = 0, starts: float = -1, hours: float = 24) -> OnCallShift:
    """A shift that began an hour ago, unless it says otherwise."""
    begins = now() + timedelta(hours=starts)
    return OnCallShift.objects.create(
        clinic=cast.clinic, account=account, order=order, starts=begins, ends=begins + timedelta(hours=hours)
    )


def may_send(cast: Cast, *duty: Account) -> None:
    """Everything that links need: a tested contact, a tested channel, and people on call in this order."""
    contact(cast)
    channel(cast)
    for order, account in enumerate(duty or (cast.nurse,)):
        on_duty(cast, account, order)


def a_link(cast: Cast, patient: Patient | None = None) -> tuple[str, Held]:
    """A new link to the PHQ-9, and whoever holds it."""
    issued = links.create_link(acting(cast, cast.coordinator), (patient or cast.patient).pk, "PHQ9", uuid.uuid4())
    assert issued.token is not None
    held = links.holder(issued.token)
    assert held is not None
    return issued.token, held


def given(answers: Sequence[int | None] = CALM) -> Any:
    from remit.acts.assessments import Given

    return Given(tuple(answers))


def ago(**span: float) -> datetime:
    return now() - timedelta(**span)
