"""Sessions of the tests: a booked one with its order, and people who enter what happens in it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from remit.acts.actors import Actor, actor_for
from remit.acts.core import setting_up
from remit.acts.second_person import SecondPerson
from remit.acts.session import Entered, add_entry
from remit.knowledge import protocols
from remit.records.models import Account, CheckResult, Course, Order, Session, WeightMeasurement
from tests.fixtures.cast import Cast

START = datetime(2026, 11, 21, 19, tzinfo=UTC)
SPRAVATO, INFUSION = "in_esketamine_us_trd", "iv_racemic_ketamine"


def confirmed(actor: Actor) -> SecondPerson:
    """This person as if the password had just been given."""
    return SecondPerson(**{held.name: getattr(actor, held.name) for held in fields(Actor)})


@dataclass
class Chairside:
    """One session under way, and its clock in minutes since `START`."""

    cast: Cast
    session: Session
    order: Order | None
    minute: float = 0
    sent: list[Entered] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return START + timedelta(minutes=self.minute)

    def actor(self, account: Account) -> Actor:
        return actor_for(account.pk, self.cast.clinic.pk)

    def enter(
        self,
        kind: str,
        *,
        by: Account | None = None,
        second: Account | None = None,
        at: float | None = None,
        client_id: uuid.UUID | None = None,
        **said: Any,
    ) -> Entered:
        """Enter something, as the nurse unless somebody else is named."""
        self.minute = self.minute if at is None else at
        return add_entry(
            self.actor(by or self.cast.nurse),
            self.session.pk,
            client_id or uuid.uuid4(),
            {"kind": kind, **said},
            self.now,
            confirmed(self.actor(second)) if second else None,
        )

    def accepted(self, *entries: tuple[str, Mapping[str, Any]]) -> None:
        """Enter several things that must all be accepted."""
        for kind, said in entries:
            done = self.enter(kind, **said)
            assert done.accepted, (kind, done.reasons)

    def through_the_gate(self) -> None:
        """Everything that the gate asks, and the prescriber's clearance."""
        checks = ("identity", "escort", "med_changes", "cssrs_since_last_visit", self.fasting)
        self.accepted(
            ("arrived", {}),
            *(("check", {"id": id, "result": "confirmed"}) for id in checks),
            ("vitals", {"systolic": 128, "diastolic": 82, "heart_rate": 74, "spo2": 98}),
            ("scale", {"id": "MOAAS", "total": 5}),
            ("scale", {"id": "CADSS6", "total": 0}),
            ("cleared", {"by": self.cast.psychiatrist}),
        )

    @property
    def fasting(self) -> str:
        return protocols.protocol(self.session.course.protocol_id).fasting_check

    def ready_to_leave(self) -> None:
        """Everything that discharge asks but the time and a pressure."""
        asked = ("orientation", "walking", "nausea", "suicide_risk", "respiratory")
        self.accepted(
            ("scale", {"id": "MOAAS", "total": 5}),
            ("scale", {"id": "CADSS6", "total": 0}),
            *(("check", {"id": id, "result": "confirmed"}) for id in asked),
        )


def booked(cast: Cast, protocol_id: str = SPRAVATO, *, mg: float | None = 56, n: int = 1) -> Chairside:
    """A session on a protocol with its order; without `mg` nothing was ordered."""
    with setting_up(actor_for(cast.psychiatrist.pk, cast.clinic.pk), "test_set_up"):
        return _booked(cast, protocol_id, mg, n)


def _booked(cast: Cast, protocol_id: str, mg: float | None, n: int) -> Chairside:
    day = START.date()
    WeightMeasurement.objects.create(
        clinic=cast.clinic,
        patient=cast.patient,
        kg=82,
        entered_value=82,
        entered_unit="kg",
        measured_on=day,
        by=cast.nurse,
        at=START,
    )
    for check in ("rems_enrolment", "consent_offlabel"):
        CheckResult.objects.create(
            clinic=cast.clinic,
            patient=cast.patient,
            check_id=check,
            result="done",
            done_on=day,
            by=cast.psychiatrist,
            at=START,
        )
    course = course_on(cast, protocol_id, day)
    order = order_of(course, cast.psychiatrist, mg, n) if mg is not None else None
    session = Session.objects.create(
        clinic=cast.clinic, course=course, patient=cast.patient, n=n, planned_at=START, planned_minutes=150
    )
    return Chairside(cast, session, order)


def course_on(cast: Cast, protocol_id: str, day: date) -> Course:
    protocol = protocols.protocol(protocol_id)
    return Course.objects.create(
        clinic=cast.clinic,
        patient=cast.patient,
        protocol_id=protocol_id,
        protocol_version=protocol.version,
        protocol_snapshot=protocols.snapshot(protocol_id),
        started_on=day,
        prescribed_by=cast.psychiatrist,
        prescribed_at=START,
    )


def order_of(course: Course, by: Account, mg: float, from_session: int = 1, **more: Any) -> Order:
    protocol = protocols.protocol(course.protocol_id)
    held: dict[str, Any] = {
        "molecule": protocol.molecule.value,
        "route": protocol.route.value,
        "protocol_version": protocol.version,
        "snapshot": {},
        "at": START - timedelta(days=1),
        **more,
    }
    return Order.objects.create(
        clinic=course.clinic, course=course, by=by, from_session=from_session, dose_mg=mg, **held
    )
