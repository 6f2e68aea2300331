"""Fills a database with a large clinic: one real session through the acts, then clones of it by bulk copies.

The clones are written past the acts, so the audit trail knows nothing of them: for measuring only.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection

from remit.acts import clock
from remit.records.models import Course, Order, Patient, Session, SessionEntry
from tests.acts.sessions import START, Chairside, booked
from tests.fixtures.cast import Cast, everybody

SESSIONS_A_PATIENT = 10
AT_THE_CHAIRS = 12
"""Sessions under way today; as many more are done, and as many to come."""
BATCH = 5_000
COLUMNS = [
    "clinic_id",
    "session_id",
    "seq",
    "client_id",
    "kind",
    "body",
    "at",
    "taken_at",
    "entered_at",
    "account_id",
    "role",
    "second_account_id",
    "second_role",
    "result",
]


@dataclass(frozen=True)
class Pattern:
    """The entries of the real session, as rows to be shifted in time."""

    rows: list[SessionEntry]
    chairside: Chairside


def fill(patients: int) -> Cast:
    """A clinic of so many patients in an empty, migrated database; returns its people."""
    clock._source = lambda: START
    people = everybody()
    pattern = _real_session(people)
    clock._source = clock._system_time
    courses = _courses(people, patients, pattern.chairside.session.course)
    sessions = list(_sessions(people, courses, len(pattern.rows) - 1))
    for batch in _batches(sessions):
        Session.objects.bulk_create(batch)
    _store(_entries(pattern, sessions))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return people


def _real_session(people: Cast) -> Pattern:
    """A spray session under observation, entered through the acts."""
    held = booked(people)
    held.through_the_gate()
    held.accepted(
        ("device", {"mg": 28, "lot": "A1", "expiry": "2027-05-31", "at": 5}),
        ("device", {"mg": 28, "lot": "A1", "expiry": "2027-05-31", "at": 10}),
        ("vitals", {"systolic": 136, "diastolic": 86, "heart_rate": 78, "spo2": 97, "at": 30}),
        ("vitals", {"systolic": 138, "diastolic": 88, "heart_rate": 78, "spo2": 97, "at": 50}),
        ("adverse_event", {"id": "nausea", "severity": "mild", "at": 55}),
        ("resolved", {"id": "nausea", "at": 70}),
        ("scale", {"id": "MOAAS", "total": 5, "at": 75}),
        ("vitals", {"systolic": 131, "diastolic": 84, "heart_rate": 76, "spo2": 98, "at": 80}),
        ("note", {"text": "calm", "at": 82}),
    )
    return Pattern(list(SessionEntry.objects.filter(session=held.session).order_by("seq")), held)


def _courses(people: Cast, count: int, like: Course) -> list[Course]:
    made = [
        Patient(
            clinic=people.clinic, mrn=f"B-{n:06}", family_name=f"Family{n:05}", given_name=f"Given{n % 97}",
            birth_date=START.date() - timedelta(days=9000 + n), registered_by=people.coordinator, registered_at=START,
            search_name=f"family{n:05} given{n % 97}",
        )
        for n in range(count)
    ]  # fmt: skip
    Patient.objects.bulk_create(made, batch_size=BATCH)
    courses = [
        Course(
            clinic=people.clinic, patient=patient, protocol_id=like.protocol_id, protocol_version=like.protocol_version,
            protocol_snapshot=like.protocol_snapshot, started_on=START.date(), prescribed_by=people.psychiatrist,
            prescribed_at=START,
        )
        for patient in made
    ]  # fmt: skip
    Course.objects.bulk_create(courses, batch_size=500)
    orders = [
        Order(
            clinic=people.clinic, course=course, by=people.psychiatrist, at=START - timedelta(days=400), from_session=1,
            molecule="esketamine", route="intranasal", dose_mg=56, protocol_version=like.protocol_version, snapshot={},
        )
        for course in courses
    ]  # fmt: skip
    Order.objects.bulk_create(orders, batch_size=BATCH)
    return courses


def _sessions(people: Cast, courses: list[Course], last_seq: int) -> Iterator[Session]:
    """Ten a patient, twice a week backwards from yesterday; a dozen patients sit at the chairs today."""
    now = datetime.now(UTC)
    for n, course in enumerate(courses):
        today = n < 3 * AT_THE_CHAIRS
        for k in range(SESSIONS_A_PATIENT):
            last = k == SESSIONS_A_PATIENT - 1
            when = now - timedelta(days=3 * (SESSIONS_A_PATIENT - k) + n % 300, minutes=90)
            if today and last:
                # A third done this morning, a third under way, a third still to come.
                when = now - timedelta(minutes=90) + timedelta(minutes=30) * (n // AT_THE_CHAIRS - 1)
            yield Session(
                clinic=people.clinic, course=course, patient_id=course.patient_id, n=k + 1, planned_at=when,
                planned_minutes=150, chair=people.chairs[n % len(people.chairs)], nurse=people.nurse,
                state_cache="observing" if today and last else "discharged", last_seq=last_seq,
            )  # fmt: skip


def _entries(pattern: Pattern, sessions: list[Session]) -> Iterator[tuple[Any, ...]]:
    """The pattern's rows for every session, moved to its time. Past sessions end with a discharge."""
    native = connection.vendor == "postgresql"
    as_id = (lambda key: key) if native else (lambda key: key.hex if isinstance(key, uuid.UUID) else key)
    as_time = (lambda at: at) if native else (lambda at: at.replace(tzinfo=None).isoformat(" "))
    made = [_template(row) for row in pattern.rows]
    for session in sessions:
        shift = session.planned_at - START
        for row, body, result in made:
            at = row.at + shift
            yield (
                as_id(session.clinic_id), as_id(session.pk), row.seq, as_id(uuid.uuid4()), row.kind,
                body.replace(_AT, at.isoformat()), as_time(at), None, as_time(at), as_id(row.account_id), row.role,
                as_id(row.second_account_id), row.second_role, result,
            )  # fmt: skip


_AT = "@at@"


def _template(row: SessionEntry) -> tuple[SessionEntry, str, str]:
    return row, json.dumps(row.body | {"at": _AT}), json.dumps(row.result)


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        yield batch


def _store(rows: Iterator[tuple[Any, ...]]) -> None:
    table = SessionEntry._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.cursor.copy(f"COPY {table} ({', '.join(COLUMNS)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join("?" * len(COLUMNS))
        connection.ensure_connection()
        raw = connection.connection
        for batch in _batches(rows):
            raw.executemany(f"INSERT INTO {table} ({', '.join(COLUMNS)}) VALUES ({marks})", batch)
        raw.commit()
