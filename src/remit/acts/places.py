"""The clinic's book of places: its hours, its nurses, and what is taken. Reads for other acts; no act itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from remit.acts import settings
from remit.acts.clock import now
from remit.knowledge import index
from remit.pathway.booking import Book, Shift, Stay, Taken, stay
from remit.pathway.chart import State
from remit.pathway.protocol import Dose, FixedDose, Protocol
from remit.pathway.sourced import Sourced
from remit.quantities import BadInput, Minutes
from remit.records.models import Chair, Clinic, ClinicSetting, Membership, Role, Session, StaffAvailability

OVER = tuple(state.value for state in State if state.terminal)
"""A session in one of these states takes no place."""
BESIDE = (Role.NURSE, Role.PRESCRIBER)
"""Who may be booked beside a person."""
CLOSED_DAYS = "closed_days"
"""The setting that keeps the clinic's closed days."""
_DAY = timedelta(days=1)


def lock_book(clinic_id: UUID) -> Clinic:
    """Keep everybody else from booking in this clinic until the act is over: no place is given twice."""
    return Clinic.objects.select_for_update(no_key=True).get(pk=clinic_id)


def check_ahead(clinic: Clinic, days: Iterable[date]) -> None:
    """Refuse a day so far ahead that it is a slip, such as of the year: a calendar would show all days until it."""
    weeks = int(settings.value(clinic.pk, "booked_ahead_by"))
    last = now().astimezone(clinic.zone).date() + timedelta(weeks=weeks)
    for day in days:
        if day > last:
            raise BadInput(f"day: up to {last} can be booked, {weeks} weeks ahead, not {day}")


def book_of(clinic: Clinic, first: date, last: date, leaving_out: Iterable[UUID] = ()) -> Book:
    """The book of some days, without the sessions that are to be moved."""
    days = [first + at * _DAY for at in range((last - first).days + 1)]
    closed = closed_days(clinic.pk)
    hours = _hours(clinic, [day for day in days if day not in closed])
    chairs = list(Chair.objects.filter(clinic=clinic, active=True))
    shifts = list(_shifts(clinic, hours))
    sessions = [row for row in _sessions(clinic, first, last) if row.pk not in set(leaving_out)]
    return Book(
        chairs=tuple(str(chair.pk) for chair in chairs),
        hours=hours,
        shifts=tuple(shift for shift, _ in shifts),
        taken=tuple(_taken(row, clinic.zone, hours) for row in sessions),
        names={str(chair.pk): chair.name for chair in chairs}
        | {shift.nurse: name for shift, name in shifts}
        | {str(row.nurse_id): str(row.nurse) for row in sessions if row.nurse},
        closed=closed,
    )


def closed_days(clinic_id: UUID) -> dict[date, str]:
    """The days on which the clinic is closed whatever the day of the week, and what each is called."""
    held = ClinicSetting.objects.filter(clinic_id=clinic_id, key=CLOSED_DAYS).values_list("value", flat=True).first()
    return {date.fromisoformat(day): str(name) for day, name in (held or {}).items()}


def _hours(clinic: Clinic, days: Iterable[date]) -> dict[date, tuple[datetime, datetime]]:
    """When the clinic is open, on the days on which it is."""
    week, opens, closes = (
        settings.value(clinic.pk, key) for key in ("open_days", "clinic_opens_at", "clinic_closes_at")
    )
    midnights = [datetime.combine(day, time(), clinic.zone) for day in days if day.weekday() < week]
    return {at.date(): (at + timedelta(hours=opens), at + timedelta(hours=closes)) for at in midnights}


def _shifts(clinic: Clinic, days: dict[date, tuple[datetime, datetime]]) -> Iterator[tuple[Shift, str]]:
    """Who works when; without entered hours every nurse works while the clinic is open."""
    entered = list(entered_hours(clinic, min(days, default=None)))
    if entered:
        for row in entered:
            for day in days:
                if _holds(row, day):
                    yield _entered(row, day, clinic.zone), str(row.account)
        return
    at_once = int(settings.value(clinic.pk, "chairs_a_nurse"))
    for nurse in working(clinic.pk, (Role.NURSE,)):
        for opens, closes in days.values():
            yield Shift(str(nurse.account_id), opens, closes, at_once), str(nurse.account)


def entered_hours(clinic: Clinic, first: date | None) -> Iterable[StaffAvailability]:
    """The weekly hours that were entered and hold on a day or later, of people who still work here."""
    held = StaffAvailability.objects.filter(clinic=clinic).select_related("account")
    if first is not None:
        held = held.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=first))
    here = {row.account_id for row in working(clinic.pk, BESIDE)}
    return [row for row in held.order_by("account__display_name", "weekday", "starts") if row.account_id in here]


def working(clinic_id: UUID, roles: Iterable[str]) -> Iterable[Membership]:
    """Who works here in one of these roles, by name."""
    held = Membership.objects.filter(clinic_id=clinic_id, active=True, account__is_active=True, role__in=list(roles))
    return held.select_related("account").order_by("account__display_name", "account_id")


def _holds(row: StaffAvailability, day: date) -> bool:
    return row.weekday == day.weekday() and row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)


def _entered(row: StaffAvailability, day: date, zone: ZoneInfo) -> Shift:
    starts, ends = (datetime.combine(day, at, zone) for at in (row.starts, row.ends))
    return Shift(str(row.account_id), starts, ends, row.chairs_at_once)


def _sessions(clinic: Clinic, first: date, last: date) -> Iterable[Session]:
    starts = datetime.combine(first - _DAY, time(), clinic.zone)
    ends = datetime.combine(last + _DAY, time(), clinic.zone)
    held = Session.objects.filter(clinic=clinic, planned_at__gte=starts, planned_at__lt=ends)
    return held.exclude(state_cache__in=OVER).select_related("nurse").order_by("planned_at")


def _taken(row: Session, zone: ZoneInfo, hours: dict[date, tuple[datetime, datetime]]) -> Taken:
    """What a session takes; one that runs on past its time is taken until the clinic closes."""
    starts = row.planned_at.astimezone(zone)
    ends = starts + timedelta(minutes=row.planned_minutes)
    moment = now().astimezone(zone)
    runs_on = row.state_cache != State.SCHEDULED and ends <= moment and starts.date() == moment.date()
    if runs_on:
        ends = max(moment, hours.get(moment.date(), (moment, moment))[1])
    return Taken(starts, ends, _key(row.chair_id), _key(row.nurse_id), until_known=not runs_on)


def _key(id: UUID | None) -> str | None:
    return str(id) if id else None


def stay_of(clinic_id: UUID, protocol: Protocol, indication: str | None, devices: int | None = None) -> Stay:
    """How long a session of this protocol takes a chair here; the largest allowed dose counts where none is ordered."""
    if devices is None:
        devices = most_devices(protocol, protocol.dose_for(indication))
    before, unsourced = (_minutes(clinic_id, f"chair_taken_{key}") for key in ("before_dose", "without_a_minimum"))
    return stay(protocol, before, unsourced, devices)


def most_devices(protocol: Protocol, dose: Dose) -> int | None:
    """How many devices the largest allowed dose takes; null for what is no spray."""
    if protocol.device is None or not isinstance(dose, FixedDose):
        return None
    return round(max(one.value for one in dose.allowed.value) / protocol.device.mg.value.value)


def _minutes(clinic_id: UUID, key: str) -> Sourced[Minutes]:
    entry = index.lookup(f"{settings.ROOT}.{key}")
    return Sourced(Minutes(settings.value(clinic_id, key)), entry.source, entry.id, entry.note)
