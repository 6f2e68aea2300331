"""Sessions at a glance, replayed once in this process and kept: only what was entered since is replayed.

What is kept is used as long as the plan is the same and the record holds nothing else; the glance at a time is always
computed anew. Reads for other acts; no act itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from uuid import UUID

from django.db import connection

from remit.acts.session_many import NOTHING, PlansRead, entries_after, plans_read
from remit.acts.session_record import Recorded, cleared_at
from remit.pathway.chart import State
from remit.pathway.glance import Glance, glance, newest_of
from remit.pathway.session_plan import SessionPlan
from remit.pathway.trend import Newest
from remit.records.models import Clinic, Order, Session, SessionEntry

_MOST_KEPT = 500
Entries = Mapping[UUID, Sequence[SessionEntry]]


@dataclass(frozen=True, slots=True)
class Glanced:
    """A session of the record at a time: its row, the order in force, its plan, and what one reads of it."""

    row: Session
    order: Order | None
    plan: SessionPlan
    glance: Glance


@dataclass(slots=True)
class _Replay:
    """One session as far as it was replayed. A chart is not for two threads at once, so it is used under its lock."""

    session: Recorded
    cleared_at: datetime | None = None
    newest: dict[str, Newest] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    @property
    def last_seq(self) -> int:
        return len(self.session.records) - 1

    def add(self, entries: Sequence[SessionEntry]) -> None:
        before = self.last_seq
        self.session.restore_all(entries)
        if self.last_seq > before or not self.newest:
            self.cleared_at = cleared_at(entries) or self.cleared_at
            self.newest = newest_of(self.session.chart)

    def at(self, asof: datetime) -> Glance:
        return glance(self.session, self.newest, asof)


OPEN = tuple(state.value for state in State if not state.terminal and state is not State.SCHEDULED)
"""The states of a session in which somebody is there."""


@dataclass(frozen=True, slots=True)
class Room:
    """Everybody who is there, and what their plans read."""

    rows: tuple[Session, ...]
    read: PlansRead


def under_way(clinic: Clinic, asof: datetime) -> list[Glanced]:
    """Every session of a clinic in which somebody is there, from whatever day, at a glance."""
    return glances(room_of(clinic), asof)


def room_of(clinic: Clinic) -> Room:
    """Every session of a clinic in which somebody is there, from whatever day."""
    held = Session.objects.filter(clinic=clinic, state_cache__in=OPEN).defer("course__protocol_snapshot")
    rows = list(held.select_related("patient", "chair", "nurse", "course__prescribed_by").order_by("planned_at", "id"))
    for row in rows:
        row.clinic = row.course.clinic = clinic
    return Room(tuple(rows), plans_read(rows))


_kept: OrderedDict[UUID, _Replay] = OrderedDict()
_keeping = Lock()


def glances(room: Room, asof: datetime) -> list[Glanced]:
    """A room at a glance, in its order. The number of questions to the database does not grow with it."""
    rows, read = room.rows, room.read
    replays = _replays_kept(rows)
    behind = {row.pk: held.last_seq for row in rows if (held := replays.get(row.pk)) and held.last_seq < row.last_seq}
    unknown = {row.pk: NOTHING for row in rows if row.pk not in replays}
    entries = entries_after(behind | unknown)
    # An order or a fact that changed makes another plan: such a session is replayed from its beginning.
    changed = [row for row in rows if row.pk in replays and not _same_plan(row, replays[row.pk], entries, read)]
    entries |= entries_after({row.pk: NOTHING for row in changed})
    for row in changed:
        del replays[row.pk]
    found = [_glanced(row, replays, entries.get(row.pk, ()), read, asof) for row in rows]
    _keep(replays)
    return found


def _replays_kept(rows: Sequence[Session]) -> dict[UUID, _Replay]:
    # What a transaction under way shows may be taken back: nothing of it is kept, and nothing kept is added to.
    if connection.in_atomic_block:
        return {}
    with _keeping:
        return {row.pk: held for row in rows if (held := _kept.get(row.pk)) is not None}


def _keep(replays: Mapping[UUID, _Replay]) -> None:
    if connection.in_atomic_block:
        return
    with _keeping:
        _kept.update(replays)
        for key in replays:
            _kept.move_to_end(key)
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)


def _same_plan(row: Session, held: _Replay, entries: Entries, read: PlansRead) -> bool:
    order = read.order(row, cleared_at(entries.get(row.pk, ())) or held.cleared_at)
    return read.plan(row, order) == held.session.plan


def _glanced(
    row: Session,
    replays: MutableMapping[UUID, _Replay],
    entries: Sequence[SessionEntry],
    read: PlansRead,
    asof: datetime,
) -> Glanced:
    held = replays.get(row.pk)
    if held is None:
        order = read.order(row, cleared_at(entries))
        held = replays[row.pk] = _Replay(Recorded(read.plan(row, order)))
    with held.lock:
        held.add(entries)
        return Glanced(row, read.order(row, held.cleared_at), held.session.plan, held.at(asof))
