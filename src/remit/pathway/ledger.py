"""Where every milligram of a controlled drug went: drawn from a vial, given, wasted before a witness."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from remit.pathway.chart import Chart
from remit.pathway.entries import DoseStart, VialMoved
from remit.quantities import Milligrams


class Act(StrEnum):
    """What was done with a vial's content."""

    DRAW = "draw"
    GIVEN = "given"
    WASTE = "waste"
    WITNESS = "witness"


@dataclass(frozen=True, slots=True)
class Move:
    """One movement; `mg` is null where nobody said how much. A witness states no amount."""

    vial: str
    act: Act
    mg: float | None = None
    witnessed: bool = False
    by: str | None = None
    """The account of whoever did it; null where it is not known."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What one vial comes to, and every discrepancy in words."""

    vial: str
    drawn: float
    given: float
    wasted: float
    discrepancies: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """True where what was drawn was given or wasted, and the waste was witnessed."""
        return not self.discrepancies


@dataclass(frozen=True, slots=True)
class Ledger:
    """All vials of a session."""

    vials: tuple[Balance, ...]
    discrepancies: tuple[str, ...]
    """Everything that does not add up, of the vials and of the session."""


def reconcile(moves: Iterable[Move], rounding: Milligrams) -> list[Balance]:
    """The balance of each vial, in the order in which they were first touched; a difference up to `rounding` is none.

    >>> moves = [Move("V1", Act.DRAW, 50), Move("V1", Act.GIVEN, 41), Move("V1", Act.WASTE, 9, witnessed=True)]
    >>> reconcile(moves, Milligrams(0.05))
    [Balance(vial='V1', drawn=50, given=41, wasted=9, discrepancies=())]
    """
    by_vial: dict[str, list[Move]] = {}
    for move in moves:
        by_vial.setdefault(move.vial, []).append(move)
    return [_balance(vial, held, rounding.value) for vial, held in by_vial.items()]


def _balance(vial: str, moves: list[Move], rounding: float) -> Balance:
    drawn, given, wasted = (
        sum(move.mg or 0 for move in moves if move.act is act) for act in (Act.DRAW, Act.GIVEN, Act.WASTE)
    )
    return Balance(vial, drawn, given, wasted, tuple(_discrepancies(vial, moves, (drawn, given, wasted), rounding)))


def _discrepancies(vial: str, moves: list[Move], sums: tuple[float, float, float], rounding: float) -> list[str]:
    drawn, given, wasted = sums
    found = [
        f"vial {vial}: {move.act.value} without an amount"
        for move in moves
        if move.mg is None and move.act is not Act.WITNESS
    ]
    missing = drawn - given - wasted
    if abs(missing) > rounding and not math.isclose(abs(missing), rounding):
        words = "drawn and neither given nor wasted" if missing > 0 else "given or wasted and never drawn"
        found.append(f"vial {vial}: {abs(missing):g} mg {words}")
    alone = _unwitnessed(moves)
    return [*found, f"vial {vial}: the waste of {alone:g} mg has no witness"] if alone is not None else found


def _unwitnessed(moves: list[Move]) -> float | None:
    """What was wasted before nobody else, in mg; null where every waste has its witness."""
    alone = [move for move in moves if move.act is Act.WASTE and not _witnessed(move, moves)]
    return sum(move.mg or 0 for move in alone) if alone else None


def _witnessed(waste: Move, moves: list[Move]) -> bool:
    """True where a second person stands behind a waste; whoever wasted is no witness of it."""
    seen = (move for move in moves if move.act is Act.WITNESS)
    return waste.witnessed or any(move.witnessed or waste.by is None or move.by != waste.by for move in seen)


def remarks(chart: Chart, entry: VialMoved) -> list[str]:
    """What is odd about a movement as it is entered: a waste of its vial that nobody else has witnessed yet."""
    if Act(entry.act) not in (Act.WASTE, Act.WITNESS):
        return []
    alone = _unwitnessed([_move(held) for held in (*_kept(chart), entry) if held.vial == entry.vial])
    if alone is None:
        return []
    return [f"vial: the waste of {alone:g} mg has no witness yet; another person witnesses it with an own account"]


def ledger(chart: Chart, asof: datetime) -> Ledger:
    """The session's vials. A dose that names no vial is taken from the only one that was drawn from."""
    moves = [_move(entry) for entry in _kept(chart)]
    drawn = list(dict.fromkeys(move.vial for move in moves if move.act is Act.DRAW))
    loose = []
    if not any(move.act is Act.GIVEN for move in moves) and drawn:
        for vial, mg in _given(chart, asof):
            source = vial or (drawn[0] if len(drawn) == 1 else None)
            if source is None:
                loose.append(f"a dose of {_words(mg)} names no vial, drawn from were {', '.join(drawn)}")
            else:
                moves.append(Move(source, Act.GIVEN, mg))
    balances = reconcile(moves, chart.plan.rules.ledger_rounding.value)
    return Ledger(tuple(balances), (*(line for held in balances for line in held.discrepancies), *loose))


def _kept(chart: Chart) -> list[VialMoved]:
    return [entry for *_, entry in chart.listed[VialMoved] if isinstance(entry, VialMoved)]


def _move(entry: VialMoved) -> Move:
    return Move(entry.vial, Act(entry.act), entry.mg, entry.has_second_person, entry.account)


def _given(chart: Chart, asof: datetime) -> list[tuple[str | None, float | None]]:
    """What each drawn-up dose gave, and from which vial it says it came."""
    if chart.infusions:
        return [(infusion.entry.vial, infusion.given(asof)) for infusion in chart.infusions]
    return [(dose.entry.vial, dose.entry.mg) for dose in chart.doses if isinstance(dose.entry, DoseStart)]


def _words(mg: float | None) -> str:
    return "an unknown amount" if mg is None else f"{mg:g} mg"
