"""The board: who is here today and at which chair, what needs a hand first, who is still to come, who went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet

from remit.acts import alarm_watch, clockwork_turn, risk
from remit.acts.actors import Actor
from remit.acts.core import act, note
from remit.acts.replays import Glanced, under_way
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


def _board(actor: Actor, day: date | None, asof: datetime, everybody: bool) -> Board:
    clinic = Clinic.objects.get(pk=actor.here)
    day = day or _today(clinic, asof)
    states = dict(_of_day(clinic, day).order_by().values_list("state_cache").annotate(Count("pk")))
    return Board(
        day=day,
        asof=asof,
        at_chairs=tuple(_at_chairs(clinic, day, asof)),
        coming=tuple(_coming(clinic, day, asof, None if everybody else SHOWN)),
        coming_total=states.get(_SCHEDULED, 0),
        ended={state: states[state] for state in _ENDED if state in states},
        moved_away=tuple(_moved_away(clinic, day)),
        watch=_watch(clinic.pk, asof),
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


def _at_chairs(clinic: Clinic, day: date, asof: datetime) -> list[AtChair]:
    held = sorted(under_way(clinic, asof), key=lambda one: one.glance.urgency)
    told = _told(clinic.pk)
    days = {one.row.pk: one.row.planned_at.astimezone(clinic.zone).date() for one in held}
    return [
        AtChair(one, told.get(one.row.pk, ()), days[one.row.pk] if days[one.row.pk] != day else None) for one in held
    ]


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


def _coming(clinic: Clinic, day: date, asof: datetime, most: int | None) -> list[Coming]:
    rows = list(_light(_of_day(clinic, day).filter(state_cache=_SCHEDULED)).order_by("planned_at", "id")[:most])
    orders = orders_of({row.course_id for row in rows}) if rows else {}
    return [Coming(row, in_force(orders.get(row.course_id, ()), row.n, None), asof - row.planned_at) for row in rows]


def _moved_away(clinic: Clinic, day: date) -> list[Session]:
    """Sessions that lay on this day before they were last moved, and lie on another now."""
    starts, ends = _span(clinic, day)
    moved = Session.objects.filter(clinic=clinic, moved_from__gte=starts, moved_from__lt=ends, state_cache=_SCHEDULED)
    return [row for row in _light(moved).order_by("moved_from") if not starts <= row.planned_at < ends]


def _watch(clinic_id: UUID, asof: datetime) -> AlarmWatch:
    ran_at = clockwork_turn.marked(alarm_watch.STEP, clinic_id)
    silent_after = risk.minutes(clinic_id, "alarm_watch_silent_after")
    return AlarmWatch(ran_at, silent_after, ran_at is None or asof - ran_at > silent_after)
