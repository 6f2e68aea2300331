"""What follows from an entry by itself: the ledger's row, a task with its clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from remit.acts.actors import Actor
from remit.acts.session_record import Loaded
from remit.acts.session_risk import follow_risk
from remit.pathway.entries import Discharge, Entry, Left, VialMoved
from remit.records.models import LedgerEntry, Session, Task, Vial


def follow_up(actor: Actor, loaded: Loaded, entry: Entry, at: datetime) -> tuple[str, ...]:
    """Do what an accepted entry asks for beside itself; what the person at the chair is told of it."""
    if isinstance(entry, VialMoved):
        _move_in_ledger(actor, loaded.row, entry, at)
    if isinstance(entry, Left):
        _call_today(loaded.row, entry, at)
    if isinstance(entry, Discharge | Left) and loaded.plan.form is not None:
        _send_form(actor, loaded, at)
    still = loaded.plan.open_risks if isinstance(entry, Discharge | Left) else ()
    return (*(f"still open: {words}" for words in still), *follow_risk(loaded, entry, at))


def _move_in_ledger(actor: Actor, session: Session, entry: VialMoved, at: datetime) -> None:
    """A vial of the clinic's stock is moved in its ledger, too; one that is known by its lot alone is not."""
    vial = _stock(session, entry.vial)
    if vial is None:
        return
    LedgerEntry.objects.create(
        clinic_id=session.clinic_id,
        vial=vial,
        session=session,
        kind=entry.act,
        amount_mg=entry.mg or 0,
        by_id=actor.me,
        witness_id=UUID(entry.second_account) if entry.second_account else None,
        at=entry.occurred,
        entered_at=at,
    )


def _stock(session: Session, name: str) -> Vial | None:
    try:
        key = UUID(name)
    except ValueError:
        return None
    found: Vial | None = Vial.objects.filter(clinic_id=session.clinic_id, pk=key).first()
    return found


def _call_today(session: Session, entry: Left, at: datetime) -> None:
    """Whoever went against advice is called before the clinic's day ends."""
    zone = session.clinic.zone
    midnight = datetime.combine(at.astimezone(zone).date() + timedelta(days=1), time(), zone)
    Task.objects.create(
        clinic_id=session.clinic_id,
        kind="call_today",
        subject=f"Call {session.patient}: left against advice",
        detail={"reason": entry.reason, "follow_up": entry.follow_up, "advice_given": entry.advice_given},
        patient_id=session.patient_id,
        session=session,
        owner_id=session.nurse_id,
        urgent=True,
        due_at=midnight,
        created_at=at,
    )


def _send_form(actor: Actor, loaded: Loaded, at: datetime) -> None:
    """The regulatory form of the session is due within the days that the programme gives."""
    days = loaded.plan.rules.form_within_days
    Task.objects.create(
        clinic_id=loaded.row.clinic_id,
        kind=str(loaded.plan.form),
        subject=f"Send the monitoring form of {loaded.row.patient}, session {loaded.row.n}",
        detail={"within_days": days.value, "source": days.path},
        patient_id=loaded.row.patient_id,
        session=loaded.row,
        owner_id=actor.account_id,
        due_at=at + timedelta(days=days.value),
        created_at=at,
    )
