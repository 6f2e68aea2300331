"""A constructed clinic of the record, of which the true rates are known: people, courses, first doses and scores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from remit.acts.actors import actor_for
from remit.acts.core import setting_up
from remit.knowledge import protocols
from remit.records.models import Assessment, Course, Episode, Order, Patient, Session, SessionEntry
from tests.evidence.treated import FIRST, IV, NO_START, REMITTED, RESPONDED, SPRAY, STAYED, UNSEEN, WORSENED
from tests.fixtures.cast import Cast

ON = {IV: "iv_racemic_ketamine", SPRAY: "in_esketamine_us_trd"}
LATER = datetime(2026, 8, 3, 12, tzinfo=UTC)
ASOF = datetime(2026, 12, 1, 12, tzinfo=UTC)

Fate = tuple[str, Mapping[int, int | None], tuple[str, str], datetime]
"""Who, the PHQ-9 by the day after the first dose, what was given, and when first."""
CLINIC: tuple[Fate, ...] = (
    *((f"a{n}", RESPONDED, IV, FIRST) for n in range(8)),
    *((f"b{n}", REMITTED, IV, FIRST) for n in range(4)),
    *((f"c{n}", STAYED, IV, FIRST) for n in range(7)),
    ("d0", WORSENED, IV, FIRST),
    *((f"e{n}", UNSEEN, IV, FIRST) for n in range(3)),
    *((f"f{n}", NO_START, IV, FIRST) for n in range(2)),
    ("g0", {-7: 20, 7: 9}, IV, ASOF - timedelta(days=20)),
    *((f"h{n}", REMITTED, SPRAY, FIRST) for n in range(5)),
    *((f"i{n}", STAYED, SPRAY, LATER) for n in range(5)),
    ("c0", RESPONDED, SPRAY, FIRST + timedelta(days=60)),
    ("a0", STAYED, IV, FIRST + timedelta(days=150)),
)
"""Infusions: 12 of 20 scored responded, of 25 eligible, of 26 treated. One crossed over, one had a second series."""

LARGER = tuple(
    (f"{who}{day}", fate, given, FIRST + timedelta(days=day))
    for day in (0, 91)
    for given in (IV, SPRAY)
    for who, fate in [(f"{given[0]}y{n}", RESPONDED) for n in range(7)]
    + [(f"{given[0]}n{n}", STAYED) for n in range(6)]
)
"""Two arms, two quarters, 13 people in each, of whom 7 responded."""


class Treated:
    """The rows of such a clinic, stored in bulk."""

    def __init__(self, cast: Cast, fates: tuple[Fate, ...] = CLINIC) -> None:
        self.cast = cast
        self.people: dict[str, Patient] = {}
        self.courses: list[Course] = []
        self.snapshots = {name: protocols.snapshot(name) for name in ON.values()}
        with setting_up(actor_for(cast.psychiatrist.pk, cast.clinic.pk), "test_set_up"):
            self._store(fates)

    def _store(self, fates: tuple[Fate, ...]) -> None:
        rows: list[list[Any]] = [[], [], [], [], [], [], []]
        for who, scores, given, first in fates:
            for into, made in zip(rows, self._course(who, scores, given, first), strict=True):
                into += made
        for made, model in zip(rows, (Patient, Episode, Course, Order, Session, SessionEntry, Assessment), strict=True):
            model.objects.bulk_create(made)
        self.courses = rows[2]

    def _course(self, who: str, scores: Mapping[int, int | None], given: tuple[str, str], first: datetime) -> Any:
        clinic, by = self.cast.clinic, self.cast.psychiatrist
        new = [] if who in self.people else [self._patient(who)]
        patient = self.people.setdefault(who, *new) if new else self.people[who]
        episode = Episode(clinic=clinic, patient=patient, indication="mdd_trd", by=by, at=first)
        protocol = protocols.protocol(ON[given])
        course = Course(
            clinic=clinic, patient=patient, episode=episode, protocol_id=protocol.id, started_on=first.date(),
            protocol_version=protocol.version, protocol_snapshot=self.snapshots[protocol.id], prescribed_by=by,
            prescribed_at=first, status="completed",
        )  # fmt: skip
        order = Order(
            clinic=clinic, course=course, by=by, at=first - timedelta(days=1), from_session=1, dose_mg=41,
            molecule=given[0], route=given[1], protocol_version=protocol.version, snapshot={},
        )  # fmt: skip
        sessions = [
            Session(
                clinic=clinic, course=course, patient=patient, n=n + 1, planned_at=first + timedelta(days=3 * n),
                planned_minutes=120, state_cache="discharged", last_seq=1,
            )
            for n in range(2)
        ]  # fmt: skip
        doses = [self._dose(session) for session in sessions]
        held = [self._score(course, first + timedelta(days=day), value) for day, value in scores.items()]
        return new, [episode], [course], [order], sessions, doses, held

    def _patient(self, who: str) -> Patient:
        return Patient(
            clinic=self.cast.clinic, mrn=f"R-{who}", family_name=f"Family {who}", given_name="Given",
            birth_date=date(1980, 1, 1), registered_by=self.cast.coordinator, registered_at=FIRST, search_name=who,
        )  # fmt: skip

    def _dose(self, session: Session) -> SessionEntry:
        at = session.planned_at
        return SessionEntry(
            clinic=self.cast.clinic, session=session, seq=1, kind="dose_start", body={"kind": "dose_start"}, at=at,
            entered_at=at, account=self.cast.nurse, role="nurse", result={},
        )  # fmt: skip

    def _score(self, course: Course, at: datetime, value: int | None) -> Assessment:
        return Assessment(
            clinic=self.cast.clinic, patient=course.patient, course=course, scale_id="PHQ9", answers=[], total=value,
            complete=value is not None, taken_at=at, at=at, by=self.cast.nurse, client_id=uuid4(),
        )  # fmt: skip
