"""Adverse events of a modality, arm beside arm of one study: how people were asked differs from trial to trial.

A record that pools several studies brings its own events. Crossovers are left out: their arms are the same people.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from remit.evidence.hundred import Share
from remit.evidence.pooling import quantile
from remit.pathway.choice import Modality
from remit.pathway.trials import AdverseEvent, Design, Seen, Study, Trials

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Counted:
    """People with an event, of how many, and their share with its interval."""

    arm: str
    n: int
    of: int
    share: Share


@dataclass(frozen=True, slots=True)
class Harm:
    """One event in one study: with the treatment, with its comparator, and the difference."""

    event: str
    study: str
    studies: tuple[str, ...]
    """The studies of a record that pools several; else the study alone."""
    treated: Counted
    compared: Counted
    against: str
    difference: Share
    phase: str
    source: str
    note: str
    from_memory: bool
    enriched: bool
    """True where only people who had done well before were in it."""
    indications: tuple[str, ...]
    """What the people had."""


def harms(trials: Trials, modality: Modality, first: Sequence[str] = ()) -> tuple[Harm, ...]:
    """Every event that both arms count: those of `first` in its order, then the others by how often they come."""
    found = [harm for name, studies in _records(trials, modality) for harm in _of(trials, name, studies)]
    place = {event: at for at, event in enumerate(first)}

    def order(one: Harm) -> tuple[int, bool, float, str]:
        return place.get(one.event, len(place)), one.from_memory, -one.treated.share.value, one.study

    return tuple(sorted(found, key=order))


def turned(found: Sequence[Harm], control: str, drug: str) -> tuple[Harm, ...]:
    """Harms seen from a treatment that was their comparator."""
    return tuple(
        replace(
            one,
            treated=one.compared,
            compared=one.treated,
            against=f"{drug} (active treatment)",
            difference=_difference(one.compared.share, one.treated.share),
        )
        for one in found
        if one.against.partition(" (")[0] == control
    )


def _records(trials: Trials, modality: Modality) -> Iterator[tuple[str, tuple[Study, ...]]]:
    """Studies, and records that pool some, which gave the modality."""
    by_id = {study.id: study for study in trials.studies}
    records = {id: (id,) for id in by_id} | dict(trials.pooled_records)
    for name, ids in records.items():
        studies = tuple(by_id[id] for id in ids)
        if all(_gives(trials, study, modality) for study in studies):
            yield name, studies


def _gives(trials: Trials, study: Study, modality: Modality) -> bool:
    return study.facts.design is not Design.CROSSOVER and any(
        trials.molecules[arm.molecule] == modality.molecule and trials.routes[arm.route] in modality.routes
        for arm in study.arms
        if not arm.is_comparator
    )


def _of(trials: Trials, name: str, studies: tuple[Study, ...]) -> Iterator[Harm]:
    controls = {_stem(arm.arm_id): arm for study in studies for arm in study.comparators}
    rows: dict[str, dict[str, AdverseEvent]] = {}
    for row in trials.adverse_events:
        if row.study_id == name:
            rows.setdefault(row.event, {})[row.arm_id] = row
    for event, arms in rows.items():
        treated = next((row for id, row in arms.items() if _stem(id) not in controls), None)
        compared = next((row for id, row in arms.items() if _stem(id) in controls), None)
        if treated is None or compared is None or not _whole(treated) or not _whole(compared):
            continue
        one, other = _counted(treated), _counted(compared)
        control = controls[_stem(compared.arm_id)]
        kind = trials.comparators[control.comparator_type or ""].value.replace("_", " ")
        words = control.molecule if control.molecule == control.route else f"{control.molecule} {control.route}"
        yield Harm(
            event=event,
            study=name,
            studies=tuple(study.id for study in studies),
            treated=one,
            compared=other,
            against=f"{words} ({kind})",
            difference=_difference(one.share, other.share),
            phase=treated.phase or "",
            source=treated.source_ref or "",
            note=treated.notes or "",
            from_memory=Seen.MEMORY in (treated.verified, compared.verified),
            enriched=any(study.facts.enriched for study in studies),
            indications=tuple(dict.fromkeys(study.facts.indication for study in studies)),
        )


def _stem(arm_id: str) -> str:
    """Strata of one arm are that arm: `pbo_rem` and `pbo_resp` are `pbo`."""
    return arm_id.partition("_")[0]


def _whole(row: AdverseEvent) -> bool:
    return row.n is not None and bool(row.of)


def _counted(row: AdverseEvent) -> Counted:
    n, of = row.n or 0, row.of or 1
    return Counted(row.arm_id, n, of, wilson(n, of))


def wilson(n: int, of: int) -> Share:
    """A share with the interval of Wilson's score.

    >>> wilson(0, 10).low
    0.0
    """
    z = quantile((1 + LEVEL) / 2, None)
    share = n / of
    middle = (share + z**2 / (2 * of)) / (1 + z**2 / of)
    reach = z * sqrt(share * (1 - share) / of + z**2 / (4 * of**2)) / (1 + z**2 / of)
    return Share(share, max(0.0, middle - reach) if n else 0.0, min(1.0, middle + reach) if n < of else 1.0)


def _difference(one: Share, other: Share) -> Share:
    """The difference of two shares with Newcombe's interval, made of the two."""
    value = one.value - other.value
    low = value - sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    high = value + sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return Share(value, low, high)


@dataclass(frozen=True, slots=True)
class PlainHarm:
    """An event in a patient's words, from the largest study that counted it."""

    words: str
    harm: Harm


def plainly(found: Sequence[Harm], words: Mapping[str, str], indication: str = "") -> tuple[PlainHarm, ...]:
    """Each event that has plain words, once: seen by somebody, in a first treatment if any, and of the most people.

    Where people with the indication were counted, it is they; else others, for a harm is not kept back. Whoever treats
    people that have done well before sees less harm, so a first treatment of others goes before it.
    """

    def weight(one: Harm) -> tuple[bool, bool, int]:
        return not one.enriched, one.indications == (indication,), one.treated.of + one.compared.of

    best: dict[str, Harm] = {}
    for one in found:
        said = words.get(one.event)
        if said and not one.from_memory and (said not in best or weight(one) > weight(best[said])):
            best[said] = one
    return tuple(PlainHarm(said, best[said]) for said in dict.fromkeys(words.values()) if said in best)
