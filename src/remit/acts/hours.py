"""When nurses can be booked: weekly hours, and with how many people each is at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from remit.acts import settings
from remit.acts.actors import Actor
from remit.acts.clock import now
from remit.acts.closed_days import ClosedDay, coming_closed_days
from remit.acts.core import act, act_on, note
from remit.acts.places import BESIDE, entered_hours, working
from remit.acts.rights import may_manage_clinic, may_see_clinic
from remit.quantities import BadInput
from remit.records.models import Account, Clinic, StaffAvailability

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class StaffHours:
    """The hours that hold from today on, and who can be given some."""

    hours: tuple[StaffAvailability, ...]
    people: tuple[Account, ...]
    chairs_a_nurse: int
    """With how many people a nurse is at once while nobody's hours are entered."""
    today: date
    closed: tuple[ClosedDay, ...]
    """Days from today on on which nobody is booked, whatever the hours say."""


@act("list_hours", right=may_see_clinic, reads=True)
def list_hours(actor: Actor) -> StaffHours:
    """Everybody's hours from today on, and the days on which the clinic is closed."""
    clinic = Clinic.objects.get(pk=actor.here)
    today = now().astimezone(clinic.zone).date()
    people = {row.account_id: row.account for row in working(clinic.pk, BESIDE)}
    at_once = int(settings.value(clinic.pk, "chairs_a_nurse"))
    return StaffHours(
        tuple(entered_hours(clinic, today)), tuple(people.values()), at_once, today, coming_closed_days(clinic)
    )


@dataclass(frozen=True, slots=True)
class Week:
    """Hours on one day of every week, from a day on."""

    weekday: int
    starts: time
    ends: time
    chairs_at_once: int
    valid_from: date


@act("add_hours", right=may_manage_clinic)
def add_hours(actor: Actor, account_id: UUID | str, week: Week) -> StaffAvailability:
    """Give a nurse or a prescriber hours on a day of the week. As soon as anybody has hours, only hours are booked."""
    clinic = Clinic.objects.get(pk=actor.here)
    person = next((row.account for row in working(clinic.pk, BESIDE) if str(row.account_id) == str(account_id)), None)
    if person is None:
        raise BadInput("person: a nurse or a prescriber of this clinic is needed")
    if week.weekday not in range(len(WEEKDAYS)):
        raise BadInput(f"weekday: 0 to {len(WEEKDAYS) - 1} is needed, not {week.weekday}")
    if week.ends <= week.starts:
        raise BadInput(f"ends: a time after {week.starts:%H:%M} is needed, not {week.ends:%H:%M}")
    if week.chairs_at_once < 1:
        raise BadInput(f"people at once: 1 or more is needed, not {week.chairs_at_once}")
    for held in entered_hours(clinic, week.valid_from):
        if held.account_id == person.pk and _overlaps(held, week):
            hours = f"{held.starts:%H:%M} to {held.ends:%H:%M}"
            raise BadInput(f"hours: {person} works {hours} on {WEEKDAYS[week.weekday]} already; end those first")
    made = StaffAvailability.objects.create(
        clinic=clinic, account=person, weekday=week.weekday, starts=week.starts, ends=week.ends,
        chairs_at_once=week.chairs_at_once, valid_from=week.valid_from,
    )  # fmt: skip
    note(made, person=str(person.pk), weekday=week.weekday, starts=str(week.starts), ends=str(week.ends))
    return made


def _overlaps(held: StaffAvailability, week: Week) -> bool:
    return held.weekday == week.weekday and held.starts < week.ends and week.starts < held.ends


@act_on(StaffAvailability, "end_hours", right=may_manage_clinic)
def end_hours(actor: Actor, hours: StaffAvailability, last_day: date) -> StaffAvailability:
    """Say on which day somebody has these hours for the last time. Sessions booked after it stay booked."""
    if last_day < hours.valid_from:
        raise BadInput(f"last day: {hours.valid_from} or later is needed, not {last_day}")
    hours.valid_to = last_day
    hours.save(update_fields=["valid_to"])
    note(person=str(hours.account_id), last_day=last_day.isoformat())
    return hours
