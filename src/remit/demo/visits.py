"""How a session reaches the record: one that is over at once, one of today entry by entry, as it happens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from remit.acts.session import add_entry
from remit.acts.session_follow_up import follow_up
from remit.acts.session_many import PlansRead
from remit.acts.session_record import Loaded, Recorded, body_of, result_of
from remit.acts.signing import sheet_of
from remit.acts.tasks import finish_task
from remit.demo.clinic import Stage
from remit.demo.people import Person
from remit.demo.scripts import Beat, Body, Change, Vial, drawn_from, script
from remit.demo.staff import beside
from remit.demo.telling import Story
from remit.pathway.chart import State
from remit.pathway.entries import VialMoved
from remit.pathway.entry_reading import read_entry
from remit.records.models import LedgerEntry, Session, SessionEntry, Signature, Task
from remit.records.seal import digest

_PENS = timedelta(minutes=5)
"""How soon after its end a session's sheet is signed."""


def visit(
    stage: Stage,
    person: Person,
    row: Session,
    read: PlansRead,
    changes: Sequence[Change] = (),
    *,
    arrives: datetime | None = None,
    signs: bool = True,
) -> Story:
    """One session, from arrival to signature, as far as it has come; `read` is what its plan rests on."""
    random = Random(f"{person.place}:{row.n}")
    arrival = arrives or row.planned_at + timedelta(minutes=random.randint(0, 6))
    yield arrival
    order = read.order(row, None)
    loaded = Loaded(row, order, Recorded(read.plan(row, order)))
    beats = script(loaded.plan, _body(person, random), _vial(stage, loaded), changes)
    last = arrival + timedelta(minutes=beats[-1].minute)
    if last > stage.days.now:
        yield from _as_it_happens(stage, row, arrival, beats)
        return
    yield last
    store(stage, loaded, arrival, beats)
    if signs:
        yield last + _PENS
        sign(stage, loaded, last + _PENS)
    if loaded.session.state(last) is State.LEFT:
        yield from _done(stage, row, last + timedelta(hours=3), "call_today", "Called: well, at home, comes again.")
    if loaded.plan.form:
        yield from _done(stage, row, last + timedelta(hours=22), loaded.plan.form, "Sent.")


def _body(person: Person, random: Random) -> Body:
    own = Random(person.place)
    return Body(
        systolic=own.randint(112, 132), diastolic=own.randint(68, 82), heart_rate=own.randint(62, 78),
        rise=own.uniform(10, 24), dissociation=random.choice((0, 2, 3, 5, 6, 8, 11)), random=random,
    )  # fmt: skip


def _vial(stage: Stage, loaded: Loaded) -> Vial | None:
    if not loaded.plan.requires_preparation:
        return None
    held = stage.vial(loaded.plan.route.value, drawn_from(loaded.plan))
    return Vial(str(held.pk), held.lot, held.expiry, held.strength_mg_per_ml)


def _who(stage: Stage, row: Session, beat: Beat) -> tuple[Any, Any]:
    """Who enters a beat and who stands beside; the nurse is the one booked, and never the own second person."""
    nurse = _nurse_of(stage, row)
    actor = nurse if beat.by == "nurse" else stage.staff.of(beat.by)
    second = stage.staff.of(beat.second) if beat.second else None
    if second is not None and second.me == actor.me:
        second = stage.staff.nurse
    return actor, beside(second) if second else None


def _nurse_of(stage: Stage, row: Session) -> Any:
    nurses = (stage.staff.nurse, stage.staff.second_nurse, stage.staff.third_nurse)
    return next((nurse for nurse in nurses if nurse.me == row.nurse_id), stage.staff.nurse)


def store(stage: Stage, loaded: Loaded, arrival: datetime, beats: Sequence[Beat]) -> None:
    """Keep a whole session of the past: decided entry by entry as `add_entry` decides, stored at once."""
    rows = [_decided(stage, loaded, arrival + timedelta(minutes=beat.minute), beat) for beat in beats]
    LedgerEntry.objects.bulk_create([_moved(row) for row in rows if row.kind == "vial"])
    SessionEntry.objects.bulk_create(rows)
    loaded.row.last_seq, loaded.row.state_cache = rows[-1].seq, loaded.session.records[-1].state.value
    loaded.row.save(update_fields=["last_seq", "state_cache"])


def _decided(stage: Stage, loaded: Loaded, at: datetime, beat: Beat) -> SessionEntry:
    actor, second = _who(stage, loaded.row, beat)
    sent = _sent(beat)
    who: dict[str, Any] = {"at": at, "by": actor.role, "account": str(actor.me)}
    if second:
        who |= {"second_person": second.role, "second_account": str(second.me)}
    entry = read_entry({**sent, **who})
    decision = loaded.session.append(entry)
    if not decision.accepted:
        raise RuntimeError(f"{loaded.row.patient}, session {loaded.row.n}: {beat} is refused: {decision.reasons}")
    record = loaded.session.records[-1]
    if not isinstance(entry, VialMoved):
        follow_up(actor, loaded, entry, at)
    return SessionEntry(
        clinic_id=loaded.row.clinic_id, session=loaded.row, seq=record.index, client_id=uuid4(), kind=entry.kind,
        body=body_of(entry), at=at, taken_at=entry.taken_at, entered_at=at, account_id=actor.me, role=actor.role,
        second_account_id=second.me if second else None, second_role=second.role if second else "",
        result=result_of(record, digest(sent)),
    )  # fmt: skip


def _moved(row: SessionEntry) -> LedgerEntry:
    """The movement in the vial's own ledger, as it follows from such an entry."""
    return LedgerEntry(
        clinic_id=row.clinic_id, vial_id=row.body["vial"], session_id=row.session_id, kind=row.body["act"],
        amount_mg=row.body["mg"], by_id=str(row.account_id), witness_id=row.second_account_id, at=row.at,
        entered_at=row.at,
    )  # fmt: skip


def sign(stage: Stage, loaded: Loaded, at: datetime) -> None:
    """Keep a signature as `sign_session` makes it, without loading the session again."""
    nurse, sheet = _nurse_of(stage, loaded.row), sheet_of(loaded, at)
    Signature.objects.create(
        clinic_id=loaded.row.clinic_id, session=loaded.row, up_to_seq=loaded.row.last_seq, sheet=sheet,
        sheet_digest=digest(sheet), by_id=nurse.me, role=nurse.role, at=at,
    )  # fmt: skip


def _as_it_happens(stage: Stage, row: Session, arrival: datetime, beats: Sequence[Beat]) -> Story:
    for beat in beats:
        at = arrival + timedelta(minutes=beat.minute)
        yield at
        actor, second = _who(stage, row, beat)
        entered = add_entry(actor, row.pk, uuid4(), _sent(beat), at, second)
        if not entered.accepted:
            raise RuntimeError(f"{row.patient}, session {row.n}: {beat} is refused: {entered.reasons}")


def _sent(beat: Beat) -> dict[str, Any]:
    said = {key: value.isoformat() if isinstance(value, date) else value for key, value in beat.said.items()}
    return {"kind": beat.kind, **said}


def _done(stage: Stage, row: Session, at: datetime, kind: str, outcome: str) -> Story:
    """What the session left to be done is done."""
    yield at
    finish_task(stage.staff.nurse, Task.objects.get(session=row, kind=kind).pk, outcome)
