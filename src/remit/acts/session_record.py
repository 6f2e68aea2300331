"""A stored session as the value that the pathway decides on: its plan, and the entries that the record holds.

Reads for other acts; no act itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from remit.acts.facts import adopted, patient_facts, results_of_one
from remit.acts.risk import open_risks
from remit.knowledge import protocols, safety
from remit.pathway.chart import State
from remit.pathway.entries import Entry
from remit.pathway.entry_reading import read_entry
from remit.pathway.protocol import Protocol
from remit.pathway.record import Decision, Record
from remit.pathway.referral import Jurisdiction, Patient, Setting
from remit.pathway.session import Session as PathwaySession
from remit.pathway.session import SessionPlan
from remit.quantities import MgPerKg, Milligrams, Minutes, Route
from remit.records.compiled import compiled_query
from remit.records.models import Course, Order, Session, SessionEntry
from remit.records.seal import canonical

IDENTITY = "identity"
"""The gate check of this record: two identifiers of the person were compared."""
_DRAWN_UP = (Route.INTRAVENOUS, Route.INTRAMUSCULAR, Route.SUBCUTANEOUS)
_SETTLED = "done"
_MAY_SOON_LEAVE = (State.DOSING.value, State.OBSERVING.value, State.READY.value)
RELATED = ("course", "patient", "clinic")
"""What is loaded along with a session, because its plan reads it."""


class Recorded(PathwaySession):
    """A session that takes back what was decided when an entry reached the record, and decides only on new ones.

    What was accepted stays accepted, whatever a later version of the rules would say to it.
    """

    def restore(self, entry: Entry, result: Mapping[str, Any]) -> None:
        """Take in an entry of the record with the decision that was stored beside it."""
        index, decision = len(self.records), _decision(result)
        self._take(index, entry, decision)
        self.records.append(Record(index, entry, decision, State(result["state"])))

    def restore_all(self, entries: Iterable[SessionEntry]) -> None:
        """Take in the stored entries that follow those which it has."""
        for entry in entries:
            if entry.seq == len(self.records):
                self.restore(read_entry(entry.body), entry.result)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A session of the record: its row, the order in force, the plan, and the session that its entries make."""

    row: Session
    order: Order | None
    session: Recorded

    @property
    def plan(self) -> SessionPlan:
        """What the session was planned to be."""
        return self.session.plan


def load(row: Session, up_to: int | None = None) -> Loaded:
    """The session with everything that the record holds of it; `up_to`: as it stood with its entry of that place."""
    entries = [entry for entry in _entries(row.pk) if up_to is None or entry.seq <= up_to]
    order = order_in_force(row, cleared_at(entries))
    session = Recorded(plan_of(row, order))
    session.restore_all(entries)
    return Loaded(row, order, session)


def plan_of(row: Session, order: Order | None) -> SessionPlan:
    """The plan of a session: the protocol as prescribed, the order in force, the person as known now."""
    settled = results_of_one(row.patient_id)
    person, risks = patient_facts(row.patient), open_risks(row.patient_id) if about_to_leave([row]) else ()
    return plan_from(row, order, protocol_of(row.course), person, settled, adopted(row.clinic_id), risks)


def about_to_leave(rows: Iterable[Session]) -> set[UUID]:
    """Whose risky answers may still keep them here: the people of the sessions in which a dose was given."""
    return {row.patient_id for row in rows if row.state_cache in _MAY_SOON_LEAVE}


def plan_from(
    row: Session,
    order: Order | None,
    protocol: Protocol,
    person: Patient,
    settled: Mapping[str, str],
    adopted: frozenset[str],
    open_risks: tuple[str, ...] = (),
) -> SessionPlan:
    """The plan of a session from what is known; `settled` are the results of checks, by their id."""
    route = Route(order.route) if order else protocol.route
    return SessionPlan(
        protocol=protocol,
        rules=safety.rules(),
        planned=Milligrams(order.dose_mg if order else 0),
        number=row.n,
        jurisdiction=Jurisdiction(row.clinic.jurisdiction),
        setting=Setting(row.setting),
        patient=person,
        route_chosen=route,
        infusion_chosen=Minutes(order.duration_min) if order and order.duration_min else None,
        order=MgPerKg(order.dose_mg_per_kg) if order and order.dose_mg_per_kg else None,
        confirmed_before=frozenset(id for id, result in settled.items() if result == _SETTLED),
        extra_gate_checks=(IDENTITY,),
        requires_preparation=route in _DRAWN_UP,
        late_dose_waits=True,
        adopted=adopted,
        open_risks=open_risks,
    )


def protocol_of(course: Course) -> Protocol:
    """The protocol on which a course was prescribed, in the version of that day."""
    if not course.protocol_snapshot:
        return protocols.protocol(course.protocol_id)
    return _restored(canonical(course.protocol_snapshot))


@lru_cache(maxsize=256)
def _restored(snapshot: str) -> Protocol:
    return protocols.restore(json.loads(snapshot))


def order_in_force(row: Session, cleared_at: datetime | None) -> Order | None:
    """The newest order that covers this session; from the clearance on, the one that stood when it was cleared."""
    return in_force(_orders(row.course_id), row.n, cleared_at)


@compiled_query
def _orders(course: UUID) -> QuerySet[Order]:
    return Order.objects.filter(course_id=course).order_by("at", "id")


@compiled_query
def _entries(session: UUID) -> QuerySet[SessionEntry]:
    return SessionEntry.objects.filter(session_id=session).order_by("seq")


def in_force(orders: Iterable[Order], n: int, cleared_at: datetime | None) -> Order | None:
    """Of a course's orders, as they were given, the newest that covers a session, as it stood at the clearance."""
    known = [order for order in orders if cleared_at is None or order.at <= cleared_at]
    replaced = {order.supersedes_id for order in known if order.withdrawn or _covers(order, n)}
    return next((order for order in reversed(known) if _stands(order, n, replaced)), None)


def _stands(order: Order, n: int, replaced: set[UUID | None]) -> bool:
    return _covers(order, n) and not order.withdrawn and order.pk not in replaced


def _covers(order: Order, n: int) -> bool:
    return order.from_session <= n and (order.to_session is None or n <= order.to_session)


def cleared_at(entries: Iterable[SessionEntry]) -> datetime | None:
    """When the session was last cleared for the dose; null where it was not."""
    return max((entry.at for entry in entries if entry.kind == "cleared"), default=None)


def body_of(entry: Entry) -> dict[str, Any]:
    """An entry as the record keeps it."""
    held: dict[str, Any] = msgspec.to_builtins(entry)
    return held


def result_of(record: Record, sent: str) -> dict[str, Any]:
    """What the record keeps of a decision; `sent` is the digest of what the person sent."""
    decision = record.decision
    root, now = decision.replaces or (None, None)
    return {
        "sent": sent,
        "state": record.state.value,
        "reasons": list(decision.reasons),
        "overridden": list(decision.overridden),
        "replaces": None if now is None else {"root": root, "entry": body_of(now)},
        "release_moved": msgspec.to_builtins(decision.release_moved),
    }


def _decision(result: Mapping[str, Any]) -> Decision:
    replaces, moved = result["replaces"], result["release_moved"]
    return Decision(
        accepted=True,
        reasons=tuple(result["reasons"]),
        overridden=tuple(result["overridden"]),
        replaces=(replaces["root"], read_entry(replaces["entry"])) if replaces else None,
        release_moved=msgspec.convert(moved, tuple[datetime, datetime | None]) if moved else None,
    )
