"""Several stored sessions at once, by as many questions to the database as one needs.

Reads for other acts; no act itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from remit.acts.facts import adopted, facts_of_many, results_of_many
from remit.acts.risk import open_risks_of_many
from remit.acts.session_record import Loaded, Recorded, about_to_leave, cleared_at, in_force, plan_from, protocol_of
from remit.pathway.protocol import Protocol
from remit.pathway.referral import Patient
from remit.pathway.session_plan import SessionPlan
from remit.records.models import Course, Order, Session, SessionEntry

NOTHING = -1
"""The place before the first entry."""
_MOST_PROTOCOLS_KEPT = 1000
_protocol_of_course: dict[UUID, Protocol] = {}
"""What was prescribed is never changed, so the protocol of a course is read once."""


def load_many(rows: Sequence[Session]) -> list[Loaded]:
    """These sessions with everything that the record holds of them."""
    entries, read = entries_after({row.pk: NOTHING for row in rows}), plans_read(rows)
    return [_loaded(row, entries.get(row.pk, []), read) for row in rows]


def _loaded(row: Session, entries: Sequence[SessionEntry], read: PlansRead) -> Loaded:
    order = read.order(row, cleared_at(entries))
    session = Recorded(read.plan(row, order))
    session.restore_all(entries)
    return Loaded(row, order, session)


def entries_after(places: Mapping[UUID, int]) -> dict[UUID, list[SessionEntry]]:
    """The entries of each of these sessions after a place in its record, in their order."""
    wanted = Q(session_id__in=[key for key, seq in places.items() if seq == NOTHING])
    for key, seq in places.items():
        if seq != NOTHING:
            wanted |= Q(session_id=key, seq__gt=seq)
    found: dict[UUID, list[SessionEntry]] = {key: [] for key in places}
    for entry in SessionEntry.objects.filter(wanted).order_by("session_id", "seq") if places else ():
        found[entry.session_id].append(entry)
    return found


@dataclass(frozen=True, slots=True)
class PlansRead:
    """What the plans of some sessions read beside their own rows."""

    orders: Mapping[UUID, Sequence[Order]]
    people: Mapping[UUID, Patient]
    results: Mapping[UUID, Mapping[str, str]]
    adopted: Mapping[UUID, frozenset[str]]
    protocols: Mapping[UUID, Protocol]
    risks: Mapping[UUID, tuple[str, ...]]

    def order(self, row: Session, cleared: datetime | None) -> Order | None:
        """The order in force of a session."""
        return in_force(self.orders.get(row.course_id, ()), row.n, cleared)

    def plan(self, row: Session, order: Order | None) -> SessionPlan:
        """The plan of a session."""
        person, results = self.people[row.patient_id], self.results[row.patient_id]
        protocol, adopted, risks = self.protocols[row.course_id], self.adopted[row.clinic_id], self.risks
        return plan_from(row, order, protocol, person, results, adopted, risks.get(row.patient_id, ()))


def plans_read(rows: Sequence[Session]) -> PlansRead:
    """What the plans of these sessions read, loaded at once."""
    people = {row.patient_id: row.patient for row in rows}
    return PlansRead(
        orders=orders_of({row.course_id for row in rows}),
        people=facts_of_many(people.values()),
        results=results_of_many(people),
        adopted={clinic: adopted(clinic) for clinic in {row.clinic_id for row in rows}},
        protocols=protocols_of({row.course_id: row.course for row in rows}),
        risks=open_risks_of_many(about_to_leave(rows)),
    )


def orders_of(courses: Iterable[UUID]) -> dict[UUID, list[Order]]:
    """Every order of these courses, as they were given."""
    found: dict[UUID, list[Order]] = {}
    for order in Order.objects.filter(course_id__in=list(courses)).defer("snapshot").order_by("at", "id"):
        found.setdefault(order.course_id, []).append(order)
    return found


def protocols_of(courses: Mapping[UUID, Course]) -> dict[UUID, Protocol]:
    """The protocol of each course; a snapshot that was left out in loading is read only where it is not known yet."""
    found = {key: kept for key in courses if (kept := _protocol_of_course.get(key)) is not None}
    missing = {key: held for key, held in courses.items() if key not in found}
    unread = [key for key, held in missing.items() if "protocol_snapshot" in held.get_deferred_fields()]
    read = Course.objects.only("protocol_id", "protocol_snapshot").in_bulk(unread) if unread else {}
    found |= {key: protocol_of(read.get(key, held)) for key, held in missing.items()}
    if len(_protocol_of_course) > _MOST_PROTOCOLS_KEPT:
        _protocol_of_course.clear()
    _protocol_of_course.update(found)
    return found
