"""Statements that circulate about ketamine, and what in the trials would bear each of them out."""

from __future__ import annotations

import math
from enum import StrEnum

import msgspec

from remit.pathway.trials import Outcome


class Verdict(StrEnum):
    """What the trials say of a statement."""

    SUPPORTED = "supported"
    PARTLY = "partly"
    NOT_SUPPORTED = "not_supported"
    CANNOT_BE_JUDGED = "cannot_be_judged"


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", kw_only=True):
    """One thing to hold against the trials."""

    says: str
    """What this part of the statement comes to."""


class Share(Check, frozen=True, forbid_unknown_fields=True, tag="share", kw_only=True):
    """The share of people with an outcome in treated arms lies within these percentages."""

    outcome: str
    between: tuple[float, float]
    indications: tuple[str, ...]
    molecule: str | None = None
    route: str | None = None
    hours: tuple[float, float] | None = None
    any_time: bool = False


class Effect(Check, frozen=True, forbid_unknown_fields=True, tag="effect", kw_only=True):
    """Every pool of this question favours the treatment, its whole interval."""

    outcome: str
    measure: str
    indication: str | None = None
    molecule: str | None = None
    route: str | None = None
    hours: tuple[float, float] | None = None
    on: Outcome | None = None


class Value(Check, frozen=True, forbid_unknown_fields=True, tag="value", kw_only=True):
    """A figure of one study is at least, or at most, so large."""

    study: str
    arm: str
    statistic: str
    at_least: float = -math.inf
    at_most: float = math.inf


class Usual(Check, frozen=True, forbid_unknown_fields=True, tag="usual", kw_only=True):
    """This number of doses is the most frequent one in series of this molecule and route."""

    doses: str
    molecule: str
    route: str


class Compared(Check, frozen=True, forbid_unknown_fields=True, tag="compared", kw_only=True):
    """Trials compare the two directly: molecule and route of each."""

    one: tuple[str, str]
    other: tuple[str, str]


class NullTrial(Check, frozen=True, forbid_unknown_fields=True, tag="null_trial", kw_only=True):
    """A trial that found no difference and gives no figures to pool: it counts against the statement."""

    study: str


class NoData(Check, frozen=True, forbid_unknown_fields=True, tag="no_data", kw_only=True):
    """Nothing in the dataset can bear it out or refute it."""


class Cited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A study that the statement cites, and whether it could be found."""

    text: str
    found: bool
    note: str


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One statement, with what is held against it and why."""

    id: str
    text: str
    checks: tuple[Share | Effect | Value | Usual | Compared | NullTrial | NoData, ...]
    why: str
    cites: tuple[Cited, ...] = ()
