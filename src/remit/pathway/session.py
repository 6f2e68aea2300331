"""A session: an append-only list of entries, and the state, the alarms and the form that follow from them.

An entry is accepted or refused with every reason; a refused one leaves no trace but its report. Nothing accepted is
ever changed: a correction is a new entry, after which everything derived uses the corrected one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from remit.pathway import recovery
from remit.pathway.acceptance import judge, judge_discharge
from remit.pathway.chart import Chart, State
from remit.pathway.correction import corrected, names_dose_time
from remit.pathway.entries import (
    Check,
    Correct,
    Discharge,
    DoseEnd,
    DoseResume,
    DoseStop,
    Entry,
    Resolved,
    Role,
    ScaleRated,
)
from remit.pathway.entry_reading import check_possible, read_entry
from remit.pathway.judgement import Judgement
from remit.pathway.record import Decision, Record, Row
from remit.pathway.session_plan import SessionPlan
from remit.pathway.session_view import SessionView, build
from remit.quantities import BadInput

__all__ = ["Decision", "Record", "Session", "SessionPlan", "SessionView", "offer", "read_entry", "replay", "view"]

MOVES_RELEASE = (DoseResume, DoseEnd, DoseStop, ScaleRated, Resolved, Check)
"""Kinds that can bring the release forward when they are charted as having happened earlier."""


class Session:
    """A session that grows by `append`; everything else reads from it."""

    def __init__(self, plan: SessionPlan) -> None:
        self.plan = plan
        self.records: list[Record] = []
        self.chart = Chart(plan)
        self.standing: dict[int, Entry] = {}
        """What stands in the record now, by the place of the entry that it is or corrects."""
        self.replaced: dict[int, list[tuple[int, Entry]]] = {}
        """What stood there before, with the place of the correction that replaced it."""
        self._root: dict[int, int] = {}
        self._seen: set[bytes] = set()

    def append(self, entry: Entry) -> Decision:
        """Offer an entry and take it in if it is accepted."""
        decision = offer(self, entry)
        index = len(self.records)
        if decision.accepted:
            self._take(index, entry, decision)
        self.records.append(Record(index, entry, decision, self.state(entry.at)))
        return decision

    def _take(self, index: int, entry: Entry, decision: Decision) -> None:
        self._seen.add(_identity(entry))
        if decision.replaces is None:
            self.standing[index] = entry
            self._root[index] = index
            self.chart.apply(index, entry)
            return
        root, now = decision.replaces
        self.replaced.setdefault(root, []).append((index, self.standing[root]))
        self.standing[root] = now
        self._root[index] = root
        self.chart = Chart.of(self.plan, self.standing.items())

    def state(self, asof: datetime) -> State:
        """The state at a time: `ready` once nothing keeps the person any more."""
        state = self.chart.state
        return State.READY if state is State.OBSERVING and not recovery.kept(self.chart, asof) else state

    def seen(self, entry: Entry) -> bool:
        """True where an entry of the same kind, time, person and values is in the record."""
        return _identity(entry) in self._seen

    def root(self, index: int) -> int | None:
        """The place of the entry that stands behind a place in the record; null where nothing was accepted there."""
        return self._root.get(index)


def replay(plan: SessionPlan, entries: Iterable[Entry]) -> Session:
    """The session that these entries make, in the order in which they reached the record."""
    session = Session(plan)
    for entry in entries:
        session.append(entry)
    return session


def offer(session: Session, entry: Entry) -> Decision:
    """What would be decided on an entry, without taking it in."""
    try:
        check_possible(entry, session.plan.rules)
    except BadInput as error:
        return Decision(False, (str(error),))
    if session.seen(entry):
        return Decision(False, (f"{entry.kind}: the same entry is already in the record",))
    if isinstance(entry, Correct):
        return _offer_correction(session, entry)
    judged = judge(session.chart, entry)
    decision = _decide(judged)
    if decision.accepted and isinstance(entry, Discharge):
        decision = replace(decision, overridden=judge_discharge(session.chart, entry)[1])
    if decision.accepted and entry.occurred < entry.at and isinstance(entry, MOVES_RELEASE):
        ahead = Chart.of(session.plan, [*session.standing.items(), (len(session.records), entry)])
        decision = _guard_release(session, ahead, entry, decision)
    return decision


def _decide(judged: Judgement) -> Decision:
    if judged.refusals:
        return Decision(False, tuple(judged.refusals), judged.needs)
    return Decision(True, tuple(judged.notes))


def _offer_correction(session: Session, entry: Correct) -> Decision:
    root = session.root(entry.of)
    old = None if root is None else session.standing[root]
    judged, now = corrected(session.chart, entry, old)
    decision = _decide(judged)
    if now is None or root is None or not decision.accepted:
        return decision
    # With a second person it would count from the time that is named: what they would let pass is what is asked.
    timed = old is not None and names_dose_time(entry, old)
    wanted = msgspec.structs.replace(now, second_person=Role.NURSE.value) if timed else now
    ahead = Chart.of(session.plan, {**session.standing, root: wanted}.items())
    return _guard_release(session, ahead, entry, replace(decision, replaces=(root, now)))


def _guard_release(session: Session, ahead: Chart, entry: Entry, decision: Decision) -> Decision:
    """Backdating or correcting so that release comes forward needs a second account, and is marked."""
    before = recovery.release_not_before(session.chart, entry.at)
    after = recovery.release_not_before(ahead, entry.at)
    if before is None or (after is not None and after >= before):
        return decision
    moved = f"release comes forward from {before.isoformat()} to {after.isoformat() if after else 'no time'}"
    if not entry.has_second_person:
        return Decision(False, (f"second_person: {moved}; a second person is needed",), ("second_person",))
    marked = f"{moved}, with {entry.second_person or 'a second person'}"
    return replace(decision, reasons=(*decision.reasons, marked), release_moved=(before, after))


def _identity(entry: Entry) -> bytes:
    """Kind, time, person and values of an entry, however its times were written."""
    plain: dict[str, Any] = dict(entry.values)
    person = entry.account or entry.by.value
    return msgspec.json.encode((entry.kind, entry.occurred.timestamp(), person, sorted(plain.items())))


def view(session: Session, asof: datetime) -> SessionView:
    """Everything that a page, a sheet or the command line shows of the session at a time."""
    return build(session.chart, asof, session.state(asof), session.records, _rows(session))


def _rows(session: Session) -> list[Row]:
    """Every accepted entry, those that were corrected among them."""
    found = [Row(root, entry, None) for root, entry in session.standing.items()]
    found += [Row(root, old, by) for root, held in session.replaced.items() for by, old in held]
    return found
