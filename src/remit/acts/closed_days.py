"""Days on which a clinic is closed though it opens on that day of the week, such as holidays, each with its name.

Nothing is booked on them. What is booked on a day that is closed later stays there, and the plan and the board say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from remit.acts.actors import Actor, Conflict
from remit.acts.clock import now
from remit.acts.core import act, note
from remit.acts.places import CLOSED_DAYS, closed_days, lock_book
from remit.acts.rights import may_manage_clinic
from remit.pathway.booking import day_words
from remit.pathway.chart import State
from remit.quantities import BadInput
from remit.records.models import Clinic, ClinicSetting, Session

LONGEST_NAME = 80
FARTHEST = timedelta(weeks=260)


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day on which the clinic is closed, its name, and how many sessions are booked on it all the same."""

    day: date
    name: str
    booked: int


def coming_closed_days(clinic: Clinic) -> tuple[ClosedDay, ...]:
    """The closed days from today on. For other acts; no act itself."""
    today = now().astimezone(clinic.zone).date()
    held = closed_days(clinic.pk)
    return tuple(ClosedDay(day, held[day], _booked(clinic, day)) for day in sorted(held) if day >= today)


@act("add_closed_day", right=may_manage_clinic)
def add_closed_day(actor: Actor, day: date, name: str) -> ClosedDay:
    """Close the clinic on a day. Sessions booked on it stay booked until somebody moves them."""
    clinic = lock_book(actor.here)
    today, name = now().astimezone(clinic.zone).date(), name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(f"name: 1 to {LONGEST_NAME} signs are needed, not {len(name)}")
    if not today <= day <= today + FARTHEST:
        raise BadInput(f"day: {today} to {today + FARTHEST} is needed, not {day}")
    held = closed_days(clinic.pk)
    if held.get(day, name) != name:
        raise Conflict("add_closed_day", [f"{day_words(day)} is closed already: {held[day]}. Open it again first."])
    _keep(actor, {**held, day: name})
    note(day=day.isoformat(), name=name)
    return ClosedDay(day, name, _booked(clinic, day))


@act("remove_closed_day", right=may_manage_clinic)
def remove_closed_day(actor: Actor, day: date) -> None:
    """Open the clinic again on a day that was closed; a day that is not closed stays as it is."""
    clinic = lock_book(actor.here)
    held = closed_days(clinic.pk)
    _keep(actor, {one: name for one, name in held.items() if one != day})
    note(day=day.isoformat(), name=held.get(day, ""))


def _keep(actor: Actor, held: Mapping[date, str]) -> None:
    value = {day.isoformat(): held[day] for day in sorted(held)}
    ClinicSetting.objects.update_or_create(
        clinic_id=actor.here, key=CLOSED_DAYS, defaults={"value": value, "set_by_id": actor.me, "set_at": now()}
    )


def _booked(clinic: Clinic, day: date) -> int:
    starts = datetime.combine(day, time(), clinic.zone)
    held = Session.objects.filter(clinic=clinic, state_cache=State.SCHEDULED.value)
    return held.filter(planned_at__gte=starts, planned_at__lt=starts + timedelta(days=1)).count()
