"""The board: who is here today and at which chair, what needs a hand first, who is still to come, who went."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet

from remit.acts import alarm_watch, clockwork_turn, risk
from remit.acts.actors import Actor
from remit.acts.core import act, note
from remit.acts.kept import Kept
from remit.acts.places import closed_days
from remit.acts.replays import Glanced, Room, glances, room_of
from remit.acts.rights import may_see_board
from remit.acts.session_many import orders_of
from remit.acts.session_record import in_force
from remit.pathway.chart import State
from remit.pathway.entries import Cancel, Discharge, Left
from remit.pathway.safety import Owner
from remit.records.models import Account, Clinic, Order, Session, SessionEntry, Task

SHOWN = 24
"""How many of the people still to come a board shows; a size of the page."""
_SCHEDULED = State.SCHEDULED.value
_ENDED = tuple(state.value for state in State if state.terminal)
_END_KINDS = tuple(kind.__struct_config__.tag for kind in (Discharge, Left, Cancel))


@dataclass(frozen=True, slots=True)
class AtChair:
    """Somebody who is here: the session at a glance, and who was told of its alarms."""

    held: Glanced
    told: tuple[str, ...]
    from_day: date | None
    """The day on which the session began, where it was not today and nobody has ended it."""

    @property
    def row(self) -> Session:
        """The session."""
        return self.held.row

    def owner(self, owner: Owner) -> str:
        """By name who acts on an alarm of this session."""
        nurse = [str(self.row.nurse)] if self.row.nurse is not None and owner is not Owner.PRESCRIBER else []
        prescriber = [str(self.row.course.prescribed_by)] if owner is not Owner.NURSE else []
        return " and ".join([*nurse, *prescriber]) or f"the {owner.value}"


@dataclass(frozen=True, slots=True)
class Coming:
    """Somebody who is still to come, with what was ordered."""

    row: Session
    order: Order | None
    late: timedelta
    """By how much the time has passed; negative before it."""


@dataclass(frozen=True, slots=True)
class AlarmWatch:
    """Whether anybody is told of alarms that nobody takes on: when the watch last ran, how long it may be silent."""

    ran_at: datetime | None
    silent_after: timedelta
    silent: bool


@dataclass(frozen=True, slots=True)
class Board:
    """The clinic's day at a time."""

    day: date
    asof: datetime
    at_chairs: tuple[AtChair, ...]
    """What needs a hand first."""
    coming: tuple[Coming, ...]
    coming_total: int
    ended: Mapping[str, int]
    """How many have ended today, by how."""
    moved_away: tuple[Session, ...]
    """Sessions that were booked for this day and were moved to another."""
    watch: AlarmWatch
    closed: str
    """What the day is called where the clinic is closed on it; empty on any other day."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A session of the day that has ended, and when."""

    row: Session
    at: datetime | None


@act("show_board", right=may_see_board, reads=True)
def show_board(actor: Actor, day: date | None, asof: datetime, *, everybody: bool = False) -> Board:
    """Open the board of a day, today's unless another is named; `everybody` shows all who are to come."""
    board = _board(actor, day, asof, everybody)
    rows = [held.row for held in board.at_chairs] + [one.row for one in board.coming]
    note(day=board.day.isoformat(), people=sorted({str(row.patient_id) for row in rows}))
    return board


@act("poll_board", right=may_see_board, reads=True, audited=False)
def poll_board(actor: Actor, day: date | None, asof: datetime, *, everybody: bool = False) -> Board:
    """Look again at a board that is open."""
    return _board(actor, day, asof, everybody)


@act("list_ended", right=may_see_board, reads=True)
def list_ended(actor: Actor, day: date | None, asof: datetime) -> list[Gone]:
    """The sessions of a day that have ended, the newest first."""
    clinic = Clinic.objects.get(pk=actor.here)
    rows = _light(_of_day(clinic, day or _today(clinic, asof)).filter(state_cache__in=_ENDED))
    ends = SessionEntry.objects.filter(session_id__in=[row.pk for row in rows], kind__in=_END_KINDS)
    at = {key: taken or entered for key, taken, entered in ends.values_list("session_id", "taken_at", "at")}
    note(people=sorted({str(row.patient_id) for row in rows}))
    return sorted((Gone(row, at.get(row.pk)) for row in rows), key=lambda gone: gone.at or gone.row.planned_at)[::-1]


@dataclass(frozen=True, slots=True)
class _Day:
    """What a board reads of the record; the time has no part in it."""

    clinic: Clinic
    states: Mapping[str, int]
    room: Room
    coming: tuple[tuple[Session, Order | None], ...]
    moved_away: tuple[Session, ...]
    told: Mapping[UUID, tuple[str, ...]]
    silent_after: timedelta
    closed: str


_kept: Kept[_Day] = Kept()


def _board(actor: Actor, day: date | None, asof: datetime, everybody: bool) -> Board:
    held = _kept.get(actor.here, (day, everybody, asof.date()), asof, lambda: _read(actor.here, day, asof, everybody))
    day = day or _today(held.clinic, asof)
    return Board(
        day=day,
        asof=asof,
        at_chairs=tuple(_at_chairs(held, day, asof)),
        coming=tuple(Coming(row, order, asof - row.planned_at) for row, order in held.coming),
        coming_total=held.states.get(_SCHEDULED, 0),
        ended={state: held.states[state] for state in _ENDED if state in held.states},
        moved_away=held.moved_away,
        watch=_watch(held, asof),
        closed=held.closed,
    )


def _read(clinic_id: UUID, day: date | None, asof: datetime, everybody: bool) -> _Day:
    clinic = Clinic.objects.get(pk=clinic_id)
    day = day or _today(clinic, asof)
    return _Day(
        clinic=clinic,
        states=dict(_of_day(clinic, day).order_by().values_list("state_cache").annotate(Count("pk"))),
        room=room_of(clinic),
        coming=tuple(_coming(clinic, day, None if everybody else SHOWN)),
        moved_away=tuple(_moved_away(clinic, day)),
        told=_told(clinic.pk),
        silent_after=risk.minutes(clinic.pk, "alarm_watch_silent_after"),
        closed=closed_days(clinic.pk).get(day, ""),
    )


def _today(clinic: Clinic, asof: datetime) -> date:
    return asof.astimezone(clinic.zone).date()


def _span(clinic: Clinic, day: date) -> tuple[datetime, datetime]:
    """From when to when a day lasts in the clinic."""
    next_day = day + timedelta(days=1)
    return datetime.combine(day, time(), clinic.zone), datetime.combine(next_day, time(), clinic.zone)


def _of_day(clinic: Clinic, day: date) -> QuerySet[Session]:
    starts, ends = _span(clinic, day)
    return Session.objects.filter(clinic=clinic, planned_at__gte=starts, planned_at__lt=ends)


def _light(rows: QuerySet[Session]) -> QuerySet[Session]:
    """With the people and places of a session, and without the protocol of its course."""
    return rows.select_related("patient", "chair", "nurse")


def _at_chairs(held: _Day, day: date, asof: datetime) -> Iterator[AtChair]:
    for one in sorted(glances(held.room, asof), key=_order):
        from_day = one.row.planned_at.astimezone(held.clinic.zone).date()
        yield AtChair(one, held.told.get(one.row.pk, ()), from_day if from_day != day else None)


def _order(one: Glanced) -> tuple[object, ...]:
    return one.glance.urgency, one.row.patient.family_name, one.row.patient.given_name


def _told(clinic_id: UUID) -> dict[UUID, tuple[str, ...]]:
    """By session the names of everybody who was told of an alarm that nobody has taken on."""
    tasks = list(Task.objects.filter(clinic_id=clinic_id, done_at=None, kind=alarm_watch.ALARM))
    told = {task.pk: [one.account for one in risk.told(task)] for task in tasks}
    names = _names(account for accounts in told.values() for account in accounts)
    found: dict[UUID, dict[str, None]] = {}
    for task in tasks:
        if task.session_id is not None:
            found.setdefault(task.session_id, {}).update(dict.fromkeys(names[one] for one in told[task.pk]))
    return {session: tuple(people) for session, people in found.items()}


def _names(accounts: Iterable[UUID]) -> dict[UUID, str]:
    wanted = set(accounts)
    return {one.pk: str(one) for one in Account.objects.filter(pk__in=wanted)} if wanted else {}


def _coming(clinic: Clinic, day: date, most: int | None) -> Iterator[tuple[Session, Order | None]]:
    rows = list(_light(_of_day(clinic, day).filter(state_cache=_SCHEDULED)).order_by("planned_at", "id")[:most])
    orders = orders_of({row.course_id for row in rows}) if rows else {}
    for row in rows:
        yield row, in_force(orders.get(row.course_id, ()), row.n, None)


def _moved_away(clinic: Clinic, day: date) -> list[Session]:
    """Sessions that lay on this day before they were last moved, and lie on another now."""
    starts, ends = _span(clinic, day)
    moved = Session.objects.filter(clinic=clinic, moved_from__gte=starts, moved_from__lt=ends, state_cache=_SCHEDULED)
    return [row for row in _light(moved).order_by("moved_from") if not starts <= row.planned_at < ends]


def _watch(held: _Day, asof: datetime) -> AlarmWatch:
    ran_at = clockwork_turn.marked(alarm_watch.STEP, held.clinic.pk)
    return AlarmWatch(ran_at, held.silent_after, ran_at is None or asof - ran_at > held.silent_after)
