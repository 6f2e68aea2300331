"""Signing a session's sheet. Entries added later leave the signed sheet as it is and ask for a new signature."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from remit.acts.actors import Actor, Conflict, Refused
from remit.acts.core import act_on
from remit.acts.rights import may_sign
from remit.acts.session_record import RELATED, Loaded, load
from remit.pathway.session import view
from remit.records.models import Session, Signature
from remit.records.seal import canonical, digest


@act_on(Session, "sign_session", right=may_sign, related=RELATED)
def sign_session(actor: Actor, session: Session, up_to_seq: int, at: datetime) -> Signature:
    """Sign everything up to the entry that was on the page. Signing the same twice changes nothing.

    Raises `Conflict` when entries were added that the signer has not seen.
    """
    if up_to_seq != session.last_seq:
        raise Conflict(
            "sign_session", [f"entries: {session.last_seq + 1} are in the record, {up_to_seq + 1} were read"]
        )
    loaded = load(session)
    state = loaded.session.state(at)
    if not state.terminal:
        raise Refused("sign_session", [f"session: it is {state.value}; it is signed once it has ended"])
    signed = session.signatures.filter(by_id=actor.me, up_to_seq=up_to_seq).first()
    return signed or _sign(actor, loaded, at)


def _sign(actor: Actor, loaded: Loaded, at: datetime) -> Signature:
    sheet = sheet_of(loaded, at)
    return Signature.objects.create(
        clinic_id=loaded.row.clinic_id,
        session=loaded.row,
        up_to_seq=loaded.row.last_seq,
        sheet=sheet,
        sheet_digest=digest(sheet),
        by_id=actor.me,
        role=actor.role,
        at=at,
    )


def sheet_of(loaded: Loaded, at: datetime) -> dict[str, Any]:
    """Everything that the sheet says, as plain values: what is signed is what stands here."""
    row, plan, order = loaded.row, loaded.plan, loaded.order
    held = {
        "patient": {
            "mrn": row.patient.mrn,
            "family_name": row.patient.family_name,
            "given_name": row.patient.given_name,
            "birth_date": row.patient.birth_date,
        },
        "clinic": str(row.clinic),
        "session": row.n,
        "protocol": plan.protocol.id,
        "protocol_version": plan.protocol.version,
        "order": None if order is None else {"id": order.pk, "mg": order.dose_mg, "at": order.at, "by": order.by_id},
        "entries": [msgspec.to_builtins(record.entry) for record in loaded.session.records],
        "shown": msgspec.to_builtins(view(loaded.session, at)),
    }
    plain: dict[str, Any] = msgspec.json.decode(canonical(held))
    return plain


def superseded(signature: Signature, session: Session) -> bool:
    """True where entries were added after this signature, or the sheet was signed again later."""
    return signature.up_to_seq < session.last_seq
