"""What stands side by side when a modality is chosen, and the rule by which the certainty of a result is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remit.pathway.sourced import Sourced
from remit.pathway.trials import Comparator

LEVELS = ("very low", "low", "moderate", "high")
"""The levels of certainty, from the first."""


@dataclass(frozen=True, slots=True)
class Modality:
    """A way of treating: a molecule by one route, or by several that are one to a patient."""

    id: str
    name: str
    molecule: str
    routes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CertaintyRule:
    """Where a result begins, and from which number on it goes down. Shares are in per cent."""

    start_randomised: Sourced[float]
    start_other: Sourced[float]
    told_apart_share: Sourced[float]
    told_apart: Sourced[frozenset[Comparator]]
    """Kinds of comparator that people awake tell from the drug."""
    hidden: frozenset[str]
    """Comparators of these kinds, in the files' own words, that people could not tell apart all the same."""
    dropped_share: Sourced[float]
    disagree: Sourced[float]
    disagree_much: Sourced[float]
    other_people_share: Sourced[float]
    events_needed: Sourced[float]
    people_needed: Sourced[float]
    far_too_few: Sourced[float]
    funnel_studies: Sourced[float]
    funnel_p: Sourced[float]
    from_memory: Sourced[float]


@dataclass(frozen=True, slots=True)
class ChoiceRules:
    """What the choice page stands on."""

    modalities: tuple[Modality, ...]
    compared_with: tuple[Modality, ...]
    """Treatments that trials know only as a comparator: the files' word stands for the molecule, without a route."""
    certainty: CertaintyRule
    cost_band: Sourced[str]
    """The stretch of time in which a remission is held against the cost of a series."""
    harms: Mapping[str, str]
    """Events that stand first, in a patient's words."""
