"""The stock of controlled drugs: receiving a vial, wasting its rest before a witness, and what is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from remit.acts.actors import Actor, Conflict, Refused
from remit.acts.core import act, act_on, note
from remit.acts.rights import may_keep_ledger
from remit.acts.second_person import SecondPerson, require_second
from remit.knowledge import safety
from remit.knowledge.dosing import dosing_rules
from remit.pathway.ledger import Act, Balance, Move, reconcile
from remit.pathway.preparation import strength_doubted
from remit.pathway.sourced import Finding
from remit.quantities import BadInput, MgPerMl, Milligrams, Millilitres, Molecule, parse_strength
from remit.records.models import Account, LedgerEntry, Role, Vial

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


@dataclass(frozen=True, slots=True)
class VialBook:
    """One vial and every movement of it, the newest first."""

    stock: Stock
    moves: tuple[LedgerEntry, ...]


class StrengthDoubted(Refused):
    """No vial of this molecule is known to have this strength: the label is read again, and that is said."""

    def __init__(self, finding: Finding) -> None:
        super().__init__("receive_vial", [finding.text])
        self.finding = finding


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
    read_again: bool = False,
) -> Vial:
    """Take a vial into the stock. `key` was made where it was typed: sent again, it changes nothing.

    Raises `StrengthDoubted` for a strength that no vial is known to have, unless `read_again` says so.
    """
    witness = require_second("receive_vial", actor, second, _WITNESSES) if second else None
    content: dict[str, Any] = {
        "molecule": _molecule(molecule),
        "strength_mg_per_ml": parse_strength(strength).value,
        "volume_ml": _possible("volume_ml", volume_ml),
        "lot": _lot(lot),
        "expiry": expiry,
        "product": product.strip(),
    }
    kind, mg_per_ml = Molecule(content["molecule"]), MgPerMl(content["strength_mg_per_ml"])
    doubt = strength_doubted(kind, mg_per_ml, dosing_rules().vials)
    if doubt is not None and not read_again:
        raise StrengthDoubted(doubt)
    held = Vial.objects.filter(clinic_id=actor.here, pk=key).first()
    if held is None:
        witness_id = witness.account_id if witness else None
        who = {"received_by_id": actor.me, "received_at": at, "witness_id": witness_id}
        held = Vial.objects.create(id=key, clinic_id=actor.here, **content, **who)
    elif any(getattr(held, name) != value for name, value in content.items()):
        raise Conflict("receive_vial", ["this form was sent before with something else; open the page again and look"])
    note(held, lot=held.lot, doubted=doubt.text if doubt else None)
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


@act_on(Vial, "see_vial", right=may_keep_ledger, reads=True)
def see_vial(actor: Actor, vial: Vial, day: date) -> VialBook:
    """One vial: what was received, and who drew, gave or wasted how much of it, when and before whom."""
    moves = tuple(vial.ledger.select_related("by", "witness", "session__patient").order_by("-at", "-entered_at"))
    return VialBook(_stock(vial, moves, day), moves)


@act("list_witnesses", right=may_keep_ledger, reads=True, audited=False)
def list_witnesses(actor: Actor) -> list[Account]:
    """Who of the clinic may stand as the second person: every other nurse and prescriber."""
    held = Account.objects.filter(
        is_active=True,
        memberships__clinic_id=actor.here,
        memberships__active=True,
        memberships__role__in=_WITNESSES,
    )
    return list(held.exclude(pk=actor.me).order_by("display_name", "pk").distinct())


def _stock(vial: Vial, moves: Iterable[LedgerEntry], day: date) -> Stock:
    received = MgPerMl(vial.strength_mg_per_ml) * Millilitres(vial.volume_ml)
    in_sessions = [_move(held, vial.lot) for held in moves if held.session_id is not None]
    from_vial = sum(held.amount_mg for held in moves if held.session_id is None and held.kind == Act.WASTE)
    balance = next(iter(reconcile(in_sessions, safety.rules().ledger_rounding.value)), None)
    drawn, given, wasted = (balance.drawn, balance.given, balance.wasted) if balance else (0.0, 0.0, 0.0)
    left = round(received.value - drawn - from_vial, 3)
    return Stock(
        vial=vial,
        received=received,
        drawn=drawn,
        given=given,
        wasted=wasted + from_vial,
        left=left,
        expired=vial.expiry < day,
        discrepancies=tuple(_discrepancies(vial, left, balance)),
    )


def _move(held: LedgerEntry, lot: str) -> Move:
    witnessed = held.witness_id is not None
    return Move(f"of lot {lot}", Act(held.kind), held.amount_mg, witnessed=witnessed, by=str(held.by_id))


def _discrepancies(vial: Vial, left: float, balance: Balance | None) -> Iterator[str]:
    """Everything that does not add up, of the sessions and of the vial itself."""
    yield from balance.discrepancies if balance else ()
    if left < -safety.rules().ledger_rounding.value.value:
        yield f"vial of lot {vial.lot}: {-left:g} mg more were taken than it held"


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
