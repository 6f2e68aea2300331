"""The stock of controlled drugs: receiving a vial, wasting its rest before a witness, and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from remit.acts.actors import Actor, Conflict, Refused
from remit.acts.core import act, act_on, note
from remit.acts.rights import may_keep_ledger
from remit.acts.second_person import SecondPerson, require_second
from remit.knowledge import safety
from remit.pathway.ledger import Act, Move, reconcile
from remit.quantities import BadInput, MgPerMl, Milligrams, Millilitres, Molecule, parse_strength
from remit.records.models import LedgerEntry, Role, Vial

_WITNESSES = (Role.PRESCRIBER, Role.NURSE)


@dataclass(frozen=True, slots=True)
class Stock:
    """One vial: what was received, where it went, what is left, and what does not add up."""

    vial: Vial
    received: Milligrams
    drawn: float
    given: float
    wasted: float
    left: float
    expired: bool
    discrepancies: tuple[str, ...]


@act("receive_vial", right=may_keep_ledger)
def receive_vial(
    actor: Actor,
    key: UUID,
    at: datetime,
    *,
    molecule: str,
    strength: str,
    volume_ml: float,
    lot: str,
    expiry: date,
    product: str = "",
    second: SecondPerson | None = None,
) -> Vial:
    """Take a vial into the stock. `key` was made where it was typed: sent again, it changes nothing."""
    witness = require_second("receive_vial", actor, second, _WITNESSES) if second else None
    content: dict[str, Any] = {
        "molecule": _molecule(molecule),
        "strength_mg_per_ml": parse_strength(strength).value,
        "volume_ml": _possible("volume_ml", volume_ml),
        "lot": _lot(lot),
        "expiry": expiry,
        "product": product.strip(),
    }
    held = Vial.objects.filter(clinic_id=actor.here, pk=key).first()
    if held is None:
        witness_id = witness.account_id if witness else None
        who = {"received_by_id": actor.me, "received_at": at, "witness_id": witness_id}
        held = Vial.objects.create(id=key, clinic_id=actor.here, **content, **who)
    elif any(getattr(held, name) != value for name, value in content.items()):
        raise Conflict("receive_vial", ["this form was sent before with something else; open the page again and look"])
    note(held, lot=held.lot)
    return held


@act_on(Vial, "dispose_of_rest", right=may_keep_ledger)
def dispose_of_rest(
    actor: Actor, vial: Vial, client_id: UUID, at: datetime, mg: float, reason: str, second: SecondPerson | None
) -> LedgerEntry:
    """Waste what is left in a vial, before a witness who confirms with an own account."""
    witness = require_second("dispose_of_rest", actor, second, _WITNESSES)
    before = LedgerEntry.objects.filter(clinic_id=actor.here, client_id=client_id).first()
    if before is not None:
        return _same(before, vial, mg)
    if not reason.strip():
        raise BadInput("reason: say why the rest is wasted")
    left = _stock(vial, list(vial.ledger.all()), at.date()).left
    if _possible("mg", mg) > left + safety.rules().ledger_rounding.value.value:
        raise Refused("dispose_of_rest", [f"mg: at most {left:g} mg are left in this vial, not {mg:g} mg"])
    return LedgerEntry.objects.create(
        clinic_id=actor.here,
        vial=vial,
        client_id=client_id,
        kind=Act.WASTE,
        amount_mg=mg,
        note=reason.strip(),
        by_id=actor.me,
        witness_id=witness.account_id,
        at=at,
        entered_at=at,
    )


@act("see_stock", right=may_keep_ledger, reads=True)
def see_stock(actor: Actor, day: date) -> list[Stock]:
    """Every vial of the clinic, what expires first in front."""
    vials = (
        Vial.objects.filter(clinic_id=actor.here).order_by("expiry", "lot", "received_at").prefetch_related("ledger")
    )
    return [_stock(vial, list(vial.ledger.all()), day) for vial in vials]


def _stock(vial: Vial, moves: Iterable[LedgerEntry], day: date) -> Stock:
    received = MgPerMl(vial.strength_mg_per_ml) * Millilitres(vial.volume_ml)
    in_sessions = [_move(held) for held in moves if held.session_id is not None]
    from_vial = sum(held.amount_mg for held in moves if held.session_id is None and held.kind == Act.WASTE)
    balance = next(iter(reconcile(in_sessions, safety.rules().ledger_rounding.value)), None)
    drawn, given, wasted = (balance.drawn, balance.given, balance.wasted) if balance else (0.0, 0.0, 0.0)
    return Stock(
        vial=vial,
        received=received,
        drawn=drawn,
        given=given,
        wasted=wasted + from_vial,
        left=round(received.value - drawn - from_vial, 3),
        expired=vial.expiry < day,
        discrepancies=balance.discrepancies if balance else (),
    )


def _move(held: LedgerEntry) -> Move:
    return Move(str(held.vial_id), Act(held.kind), held.amount_mg, witnessed=held.witness_id is not None)


def _same(before: LedgerEntry, vial: Vial, mg: float) -> LedgerEntry:
    if (before.vial_id, before.amount_mg) != (vial.pk, mg):
        raise Conflict("dispose_of_rest", [f"client_id {before.client_id}: it already stands for another movement"])
    return before


def _molecule(word: str) -> str:
    if word not in list(Molecule):
        raise BadInput(f"molecule: one of {', '.join(Molecule)} is needed, not {word!r}")
    return word


def _lot(word: str) -> str:
    if not word.strip():
        raise BadInput("lot: the number printed on the vial is needed, it is empty")
    return word.strip()


def _possible(name: str, value: float) -> float:
    bounds = safety.rules().possible[name]
    if not bounds.low <= value <= bounds.high:
        raise BadInput(f"{name}: {bounds.low:g} to {bounds.high:g} {bounds.unit} is possible, not {value:g}")
    return value
