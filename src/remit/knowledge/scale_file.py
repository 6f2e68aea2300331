"""What a file in `knowledge/scales/` may hold: one typed schema for the scales, one for the outcome rules.

A key that stands in no schema is refused, so that a misspelt bound cannot pass as an absent one.
"""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from remit.pathway.scales import Permission
from remit.pathway.sourced import Origin

Number = int | float


class Cited(Struct, forbid_unknown_fields=True, kw_only=True):
    """What any entry may say about itself beside its value."""

    origin: Origin | None = None
    status: str | None = None
    src: list[str] | None = None
    note: str | None = None


class Maxima(Cited):
    """The highest answer of each item, in order."""

    value: list[int]


class OneItem(Struct, forbid_unknown_fields=True):
    """The range of an item that has a name of its own."""

    min: int
    max: int
    variant_note: str | None = None


class FollowUp(Struct, forbid_unknown_fields=True):
    """An item that is the second part of another one."""

    item: int
    of: int
    name: str


class Items(Cited):
    """How many items there are and between which answers."""

    n: int | None = None
    min: int | None = None
    max: int | str | None = None
    maxima: Maxima | None = None
    max_by_item: str | None = None
    names: list[str] | None = None
    parent_items: list[int] | None = None
    type: Literal["yes_no"] | None = None
    sub_item: str | None = None
    follow_up: FollowUp | None = None
    item_range_status: str | None = None
    range_status: str | None = None
    severity: OneItem | None = None
    improvement: OneItem | None = None
    change: OneItem | None = None


class Unscored(Struct, forbid_unknown_fields=True):
    """Items that stand on the form and add nothing to the total."""

    n: int
    scored: bool


class Total(Cited):
    """The lowest and the highest total."""

    min: int
    max: int


class Scoring(Cited):
    """How answers add up where it is not their plain sum."""

    rule: str
    domains: int
    groups_max: list[list[int]]
    single_items: list[int]
    one_of: list[list[int]]


class CutAt(Cited):
    """A screening cut-off."""

    meaning: str
    at_least: int


class CutRange(Cited):
    """A screening cut-off on which sources differ."""

    range: tuple[int, int]


class Provisional(Cited):
    """How many items of each cluster a provisional diagnosis needs."""

    rule: str
    item_at_least: int
    need: dict[str, int]


class RemissionVariant(Cited):
    """Another published cut-off for remission."""

    text: str
    max: int


class Outcome(Cited):
    """A definition of response, remission or worsening; exactly one measure is given."""

    percent: Number | None = None
    points: Number | None = None
    max: int | None = None
    severity_at_most: int | None = None
    improvement_at_most: int | None = None
    change_at_most: int | None = None
    text: str | None = None
    rule: str | None = None
    variants: list[RemissionVariant] | None = None


class ChangeValue(Cited):
    """A change that means something, in points or in percent."""

    value: Number | tuple[Number, Number] | None = None
    points: Number | None = None
    percent: Number | None = None


class Changes(Cited):
    """The changes that mean something on this scale, by name."""

    meaningful_trd_points: ChangeValue | None = None
    general_points: ChangeValue | None = None
    group_mid_points: ChangeValue | None = None
    mcid_points: ChangeValue | None = None
    reliable_change_points: ChangeValue | None = None
    primary_care_mcid: ChangeValue | None = None
    primary_care_mcid_percent: ChangeValue | None = None
    reliable_points: Number | None = None
    meaningful_points: Number | None = None
    newer_status: str | None = None


class AlertEntry(Cited):
    """An answer or a total that makes somebody act."""

    action: str
    item: int | None = None
    at_least: int | None = None
    at_most: int | None = None


class Reached(Struct, forbid_unknown_fields=True):
    """The answers of which any one reaches a level."""

    any: list[str]


class Triage(Cited):
    """The levels of a triage; `item_of` says which item each answer belongs to."""

    low: Reached
    moderate: Reached
    high: Reached
    rule: str
    item_of: dict[str, int]


class Flow(Cited):
    """Which items are asked only after a yes to another."""

    rule: str
    asked_if_yes: dict[str, int]


class Actions(Cited):
    """What each level of a triage asks for."""

    low: str
    moderate: str
    high: str


class Statement(Cited):
    """A sourced sentence about the scale."""

    text: str
    within_points: int | None = None
    cut_status: str | None = None


class Licence(Cited):
    """Whether the item texts may be shipped."""

    level: Permission
    text: str | None = None


class LoincCodes(Struct, forbid_unknown_fields=True):
    """LOINC codes of the panel, the total and the items; null where none is known."""

    panel: str | None
    total: str | None = None
    items: list[str] | None = None
    related_panel_lifetime_recent: str | None = None
    note: str | None = None
    status: str | dict[str, str] | None = None
    src: list[str] | None = None


class AlternativeBands(Cited):
    """Bands of another author, in words."""

    non_manic: str
    hypomanic: str
    manic: str


class Alternative(Cited):
    """Another instrument for the same purpose."""

    id: str


class ScaleVariant(Cited):
    """Another form of the scale."""

    id: str


class Conversion(Struct, forbid_unknown_fields=True):
    """Where a conversion to another scale is tabulated."""

    to: str
    table_source: str


class ScaleFile(Cited):
    """One rating scale: structure and scoring, without item wording."""

    id: str
    name: str
    rater: str
    items: Items
    licence: Licence
    loinc: LoincCodes
    recall_days: int | None = None
    recall: str | None = None
    total: Total | None = None
    extra_items: dict[str, Unscored] | None = None
    direction: str | None = None
    anchors_paraphrased: dict[str, str] | None = None
    scoring: Scoring | None = None
    bands: dict[str, tuple[int, int]] | None = None
    bands_status: str | None = None
    bands_note: str | None = None
    bands_src: list[str] | None = None
    alternative_bands: AlternativeBands | None = None
    subscales: dict[str, tuple[int, int]] | None = None
    clusters: dict[str, tuple[int, int]] | None = None
    provisional_diagnosis: Provisional | None = None
    cut: CutAt | None = None
    screen_cut: CutRange | None = None
    percent_change_of: Literal["severity"] | None = None
    response: Outcome | UnsetType | None = UNSET
    """Null: nothing is judged on this scale. Left out: the rule for every scale holds."""
    remission: Outcome | None = None
    worsening: Outcome | None = None
    change: Changes | None = None
    alerts: list[AlertEntry] = []
    switch_alert: AlertEntry | None = None
    triage: Triage | None = None
    flow: Flow | None = None
    actions: Actions | None = None
    timing_versions: list[str] | None = None
    time_points: list[str] | None = None
    return_to_baseline_rule: Statement | None = None
    label_use: Statement | None = None
    evidence: Statement | None = None
    admin_rule: Statement | None = None
    version_warning: str | None = None
    conversion: Conversion | None = None
    variants: list[ScaleVariant] | None = None
    alternatives: list[Alternative] | None = None


class WordedItem(Struct, forbid_unknown_fields=True):
    """The text of one item."""

    text: str
    loinc: str | None = None


class WordedAnswer(Struct, forbid_unknown_fields=True):
    """The text of one answer, with its score where it is scored."""

    text: str
    score: int | None = None
    loinc: str | None = None


class WordedExtra(Struct, forbid_unknown_fields=True):
    """A question that is not scored."""

    condition: str
    text: str
    options: list[WordedAnswer]
    loinc: str | None = None


class WordedFrom(Struct, forbid_unknown_fields=True):
    """The public file in which a text was found."""

    repository: str
    path: str
    at: str
    took: str


class WordingFile(Struct, forbid_unknown_fields=True):
    """The text of one scale in one language."""

    scale: str
    language: str
    title: str
    stem: str
    items: list[WordedItem]
    options: list[WordedAnswer]
    attribution: str
    licence: str
    taken_from: list[WordedFrom] = field(name="from")
    extra: dict[str, WordedExtra] = {}


class GenericRules(Struct, forbid_unknown_fields=True):
    """The outcome rules in words."""

    response: str
    partial_response: str
    percent_change_formula: str
    baseline: str
    missing_items: str


class Meta(Struct, forbid_unknown_fields=True):
    """What holds for all scale files."""

    schema_version: int
    compiled: str
    generic_outcome_rules: GenericRules
    licence_levels: dict[Permission, str]


class GenericOutcome(Cited):
    """A rule for every scale that has none of its own."""

    text: str
    percent_fall: Number | None = None
    percent_rise: Number | None = None
    consecutive: int | None = None


class GenericOutcomes(Struct, forbid_unknown_fields=True):
    """The outcome rules as numbers."""

    response: GenericOutcome
    partial_response: GenericOutcome
    worsening: GenericOutcome
    relapse: GenericOutcome


class RulesFile(Struct, forbid_unknown_fields=True):
    """The rules that hold for every scale."""

    meta: Meta
    outcome: GenericOutcomes
