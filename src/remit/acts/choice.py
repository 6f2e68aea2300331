"""The choice: modalities side by side for one person, from the trials, the protocols and the clinic's own prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from remit.acts.actors import Actor
from remit.acts.compare import Column, compared
from remit.acts.core import act_on
from remit.acts.evidence import release
from remit.acts.facts import episode_of
from remit.acts.rights import may_see_history
from remit.evidence.choice import Benefit, Known, known, turned
from remit.evidence.contrasts import Figure
from remit.evidence.harms import Harm, harms, plainly
from remit.evidence.harms import turned as harms_turned
from remit.evidence.versus import Web, webs
from remit.knowledge.choice import choice_rules
from remit.knowledge.trials import indications, trials
from remit.pathway.choice import CertaintyRule, Modality
from remit.records.models import Patient

__all__ = ["Choice", "Option", "RemissionCost", "compare_modalities"]


@dataclass(frozen=True, slots=True)
class RemissionCost:
    """What a remission costs, at the price of a series and a share that remitted; null where no end is known."""

    protocol: str
    benefit: Benefit
    each: Decimal
    least: Decimal
    most: Decimal | None
    more: Decimal | None
    """For one remission more than with the comparator; null where the interval includes none."""
    currency: str


@dataclass(frozen=True, slots=True)
class Option:
    """One modality: what the trials know, its harms, and the protocols of this clinic that give it."""

    modality: Modality
    known: Known
    harms: tuple[Harm, ...]
    first: tuple[Harm, ...]
    """The harms that stand first: each event once, from the largest study of a first treatment."""
    protocols: tuple[Column, ...]
    costs: tuple[RemissionCost, ...]

    @property
    def fits(self) -> bool:
        """True where a protocol that gives it fits the person."""
        return any(column.fits for column in self.protocols)


@dataclass(frozen=True, slots=True)
class Choice:
    """Every modality for one person, those with results first. Nothing in it chooses."""

    patient: Patient
    indication: str | None
    named: str
    studied: bool
    """True where a trial of this indication is in the dataset."""
    weeks: int
    band: str
    """The stretch of time in which series end."""
    options: tuple[Option, ...]
    webs: tuple[Web, ...]
    rule: CertaintyRule
    cited: Mapping[str, str]
    """The paper of every study."""
    release: Mapping[str, Any]


@act_on(Patient, "compare_modalities", right=may_see_history, reads=True)
def compare_modalities(actor: Actor, patient: Patient) -> Choice:
    """The modalities side by side for the person's indication as recorded."""
    episode = episode_of(patient)
    indication = (episode.indication if episode else None) or None
    held = compared(patient)
    columns, rules = (*held.fitting, *held.others), choice_rules()
    options = [_option(modality, indication, columns) for modality in rules.modalities]
    options += [_compared(control, indication) for control in rules.compared_with]
    return Choice(
        patient=patient,
        indication=indication,
        named=indications().get(indication or "", indication or ""),
        studied=indication in {study.facts.indication for study in trials().studies},
        weeks=held.weeks,
        band=rules.cost_band.value,
        options=tuple(sorted(options, key=lambda one: not one.known.benefits)),
        webs=_webs(indication),
        rule=rules.certainty,
        cited=_cited(),
        release=release(),
    )


def _option(modality: Modality, indication: str | None, columns: Iterable[Column]) -> Option:
    found = _known(modality, indication)
    own = tuple(column for column in columns if _gives(column, modality))
    every = _harms(modality)
    first = tuple(one.harm for one in plainly(every, choice_rules().harms))
    return Option(modality, found, every, first, own, tuple(_costs(own, found.benefits)))


def _compared(control: Modality, indication: str | None) -> Option:
    """A treatment that trials know only as a comparator, seen from its side."""
    benefits: list[Benefit] = []
    every: list[Harm] = []
    for modality in choice_rules().modalities:
        benefits += turned(_known(modality, indication).benefits, control.molecule)
        drug = f"{modality.molecule} {' or '.join(modality.routes)}"
        every += harms_turned(_harms(modality), control.molecule, drug)
    first = tuple(one.harm for one in plainly(every, choice_rules().harms))
    return Option(control, Known(tuple(benefits), (), ()), tuple(every), first, (), ())


def _gives(column: Column, modality: Modality) -> bool:
    return column.protocol.molecule.value == modality.molecule and column.protocol.route.value in modality.routes


def _costs(columns: Sequence[Column], benefits: Sequence[Benefit]) -> Iterable[RemissionCost]:
    """The price of a series held against the remissions at the time when series end."""
    band = choice_rules().cost_band.value
    ends = [one for one in benefits if one.figure is Figure.REMISSION and one.key.time == band]
    own = {one.key for one in ends if not one.indirect}
    for column in columns:
        for benefit in ends:
            if column.fits and not (benefit.indirect and benefit.key in own):
                yield from _cost(column, benefit)


def _cost(column: Column, benefit: Benefit) -> Iterable[RemissionCost]:
    total, shares = column.cost.total, benefit.hundred
    if total is None or shares is None or shares.treated.value == 0:
        return
    yield RemissionCost(
        protocol=column.protocol.name,
        benefit=benefit,
        each=_divided(total, shares.treated.value),
        least=_divided(total, shares.treated.high),
        most=_divided(total, shares.treated.low) if shares.treated.low > 0 else None,
        more=_divided(total, shares.difference.value) if shares.difference.low > 0 else None,
        currency=column.cost.currency,
    )


def _divided(total: Decimal, share: float) -> Decimal:
    return (total / Decimal(share)).quantize(Decimal(1))


# The trials change with a release alone, and with it the process.


@lru_cache(maxsize=256)
def _known(modality: Modality, indication: str | None) -> Known:
    return known(trials(), modality, indication, choice_rules().certainty)


@lru_cache(maxsize=64)
def _harms(modality: Modality) -> tuple[Harm, ...]:
    return harms(trials(), modality, tuple(choice_rules().harms))


@lru_cache(maxsize=64)
def _webs(indication: str | None) -> tuple[Web, ...]:
    return webs(trials(), indication)


@cache
def _cited() -> Mapping[str, str]:
    return {study.id: study.citation for study in trials().studies}
