"""What happens in a session: opening it, entering what happened, and what follows from an entry by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from remit.acts.actors import SYSTEM, Actor, Conflict, Refused
from remit.acts.core import act_on, note
from remit.acts.rights import may_enter_in_session, may_see_session
from remit.acts.second_person import require_second
from remit.acts.session_follow_up import follow_up
from remit.acts.session_record import RELATED, Loaded, body_of, load, result_of
from remit.pathway.dosing_entries import already_given
from remit.pathway.entries import (
    AdverseEvent,
    Arrived,
    Cancel,
    Check,
    Cleared,
    DeviceGiven,
    DoseStart,
    EmergencyStep,
    Entry,
    Note,
    Prepared,
    ScaleRated,
    VialMoved,
    VitalsTaken,
)
from remit.pathway.entry_reading import read_entry
from remit.pathway.session import SessionView, view
from remit.quantities import BadInput
from remit.records.compiled import compiled_query
from remit.records.models import Role, Session, SessionEntry, Vial
from remit.records.seal import digest

SET_BY_THE_RECORD = ("at", "by", "account", "second_person", "second_account")
"""What an entry says of when and by whom: taken from the clock and from who is signed in, never from what was sent."""

KINDS_OF_ROLE: dict[str, tuple[type[Entry], ...]] = {
    Role.THERAPIST: (Arrived, Note, ScaleRated, AdverseEvent, EmergencyStep),
    Role.COORDINATOR: (Arrived, Cancel, Note),
    SYSTEM: (VitalsTaken, Note),
}
"""What those enter who do not treat. Nurses and prescribers enter everything; the pathway asks for the prescriber."""

_NEEDS_AN_ORDER = (Cleared, Prepared, DeviceGiven, DoseStart)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session as it stands, for a page: its row, its plan and entries, and what follows from them now."""

    loaded: Loaded
    view: SessionView
    names: Mapping[str, str]
    """The names of the accounts that made entries, by account id."""
    lots: Mapping[str, str]
    """The lots of the vials of the stock that entries name, by the vial's number."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of an entry. A refused one has no `seq`; `needs` names what would let it pass."""

    accepted: bool
    seq: int | None
    state: str
    reasons: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    repeated: bool = False


@act_on(Session, "open_session", right=may_see_session, reads=True, related=RELATED)
def open_session(actor: Actor, session: Session, asof: datetime) -> Opened:
    """Open a session's page."""
    return _opened(session, asof)


@act_on(Session, "poll_session", right=may_see_session, reads=True, audited=False, related=RELATED)
def poll_session(actor: Actor, session: Session, asof: datetime) -> Opened:
    """Look again at a session that is open."""
    return _opened(session, asof)


def opened_at(session: Session, asof: datetime, up_to: int | None = None) -> Opened:
    """The session as it stood; `up_to` leaves out what was entered after that place. For other acts; no act itself."""
    return _opened(session, asof, up_to)


def _opened(session: Session, asof: datetime, up_to: int | None = None) -> Opened:
    loaded = load(session, up_to)
    return Opened(loaded, view(loaded.session, asof), _names(loaded), _lots(loaded))


def _names(loaded: Loaded) -> dict[str, str]:
    found: dict[str, str] = {}
    for account, name, second, second_name in _who_entered(loaded.row.pk):
        found |= {str(account): name, str(second): second_name}
    return found


@compiled_query
def _who_entered(session: UUID) -> QuerySet[SessionEntry, tuple[UUID | None, str, UUID | None, str]]:
    people = ("account_id", "account__display_name", "second_account_id", "second_account__display_name")
    return SessionEntry.objects.filter(session_id=session).order_by().values_list(*people).distinct()


def _lots(loaded: Loaded) -> dict[str, str]:
    """Asked only where an entry names a vial by a number."""
    named = {entry.vial for record in loaded.session.records if isinstance(entry := record.entry, VialMoved)}
    numbers = [key for name in named if (key := _number(name)) is not None]
    if not numbers:
        return {}
    held = Vial.objects.filter(clinic_id=loaded.row.clinic_id, pk__in=numbers)
    return {str(key): lot for key, lot in held.values_list("pk", "lot")}


def _number(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


@act_on(Session, "add_entry", right=may_enter_in_session, related=RELATED)
def add_entry(
    actor: Actor,
    session: Session,
    client_id: UUID,
    entry: Mapping[str, Any],
    at: datetime,
    second: Actor | None = None,
) -> Entered:
    """Enter what happened. `client_id` was made where it was typed: sent again, it changes nothing.

    `second` is a second person who has just confirmed (`confirm_second`). Raises `BadInput` for an entry that cannot be
    read, and `Conflict` when the same `client_id` comes with something else.
    """
    sent = digest(entry)
    note(kind=str(entry.get("kind", ""))[:24], client_id=str(client_id))
    before = SessionEntry.objects.filter(session_id=session.pk, client_id=client_id).first()
    if before is not None:
        return _again(before, sent)
    read = _read(actor, entry, at, second)
    loaded = load(session)
    _check_order(loaded, read)
    decision = loaded.session.append(read)
    record = loaded.session.records[-1]
    if not decision.accepted:
        note(not_accepted=list(decision.reasons))
        return Entered(False, None, record.state.value, decision.reasons, decision.needs)
    stored = SessionEntry.objects.create(
        clinic_id=session.clinic_id,
        session=session,
        seq=record.index,
        client_id=client_id,
        kind=read.kind,
        body=body_of(read),
        at=at,
        taken_at=read.taken_at,
        entered_at=at,
        account_id=actor.account_id,
        role=actor.role,
        second_account_id=second.account_id if second else None,
        second_role=second.role if second else "",
        result=result_of(record, sent),
    )
    session.last_seq, session.state_cache = stored.seq, record.state.value
    session.save(update_fields=["last_seq", "state_cache"])
    note(seq=stored.seq)
    told = follow_up(actor, loaded, read, at)
    return Entered(True, stored.seq, record.state.value, (*decision.reasons, *told))


def _again(stored: SessionEntry, sent: str) -> Entered:
    """The same request once more: the same answer, and nothing is changed."""
    if stored.result["sent"] != sent:
        raise Conflict("add_entry", [f"client_id {stored.client_id}: it already stands for another entry"])
    note(repeated=True, seq=stored.seq)
    return Entered(True, stored.seq, stored.result["state"], tuple(stored.result["reasons"]), repeated=True)


def _read(actor: Actor, sent: Mapping[str, Any], at: datetime, second: Actor | None) -> Entry:
    inner = sent.get("entry")
    for key in SET_BY_THE_RECORD:
        if key in sent or (isinstance(inner, Mapping) and key in inner):
            raise BadInput(f"{key}: the record sets it itself, {sent.get(key)!r} was sent")
    who: dict[str, Any] = {"at": at, "by": actor.role, "account": _name(actor)}
    if second is not None:
        require_second("add_entry", actor, second, (Role.PRESCRIBER, Role.NURSE, Role.THERAPIST))
        who |= {"second_person": second.role, "second_account": _name(second)}
    _check_lengths(sent)
    entry = read_entry({**sent, **who})
    allowed = KINDS_OF_ROLE.get(actor.role)
    if allowed is not None and not isinstance(entry, allowed):
        raise Refused("add_entry", [f"{entry.kind}: a nurse or a prescriber enters it, not a {actor.role}"])
    return entry


_LONGEST_TEXT = 4000


def _check_lengths(sent: Mapping[str, Any]) -> None:
    """No text is longer than what a form of the chair takes: every look at the session would carry it."""
    for key, value in sent.items():
        if isinstance(value, Mapping):
            _check_lengths(value)
        elif isinstance(value, str) and len(value) > _LONGEST_TEXT:
            raise BadInput(f"{key}: at most {_LONGEST_TEXT} signs are possible, not {len(value)}")


def _name(actor: Actor) -> str:
    return str(actor.account_id or actor.role)


def _check_order(loaded: Loaded, entry: Entry) -> None:
    """Nothing is cleared, prepared or given without an order; what was given all the same is recorded with a reason."""
    if loaded.order is None and isinstance(entry, _NEEDS_AN_ORDER) and not already_given(entry.reason):
        raise Refused("add_entry", [f"order: no order covers session {loaded.row.n}; a prescriber orders first"])


def answers(loaded: Loaded) -> dict[str, str]:
    """What each check of this session was last answered, by its id."""
    return {held.id: held.result.value for held in loaded.session.standing.values() if isinstance(held, Check)}


def prepared(loaded: Loaded) -> bool:
    """True where a second person has recomputed the dose."""
    return any(isinstance(held, Prepared) for held in loaded.session.standing.values())
