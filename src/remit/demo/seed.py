"""Making the synthetic clinic in an empty database: founded months ago, told up to this minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from remit.acts.actors import Actor
from remit.acts.clock import telling
from remit.acts.core import setting_up
from remit.demo.clinic import FOUNDED, NAME, Stage, furnish, stock_up
from remit.demo.patients import everybody
from remit.demo.people import Person, Told
from remit.demo.telling import SET_UP, Days, Teller, afternoon_zone
from remit.quantities import BadInput
from remit.records.models import Clinic


def seed(now: datetime, people: Sequence[tuple[Person, Told]] | None = None) -> Stage:
    """The clinic with its three chairs as they are at this minute, and its sixty patients unless others are named."""
    if Clinic.objects.exists():
        raise BadInput("demo: there is a clinic in these records already; the demo begins with empty ones")
    zone = afternoon_zone(now)
    days = Days(now, ZoneInfo(zone))
    row = Clinic(
        id=uuid4(), name=NAME, timezone=zone, country="US", jurisdiction="US", synthetic=True, phone="555-0100",
        address_line_1="1 Example Street", city="Northmere", state="NY", postal_code="00000",
    )  # fmt: skip
    system = Actor.system(row.pk)
    with telling(lambda: days.at(FOUNDED, "08:00")), setting_up(system, SET_UP):
        row.save()
        stage = furnish(row, days)
    people = everybody() if people is None else people
    Teller(system, days).tell([stock_up(stage), *(told(stage, person) for person, told in people)])
    return stage
