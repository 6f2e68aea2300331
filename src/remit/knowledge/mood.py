"""The chain from a dose to mood, and what a credible virtual trial shows: read from their files, strictly."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from remit.knowledge.documents import FOLDER
from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.mood_posterior import fitted, mood_posterior
from remit.pathway import mood as values
from remit.pathway.sourced import Origin, Source, Status
from remit.quantities import BadInput

_LINKS = ("calibrated", "assumed", "hypothesis")
_QUANTITIES = ("fall", "sd", "response", "remission", "relapse")


class _Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    origin: str
    status: str
    src: list[str] = msgspec.field(default_factory=list)
    note: str = ""


class _Value(_Part, kw_only=True):
    value: float
    link: str
    unit: str = ""
    spread: str = "plain"
    sd: float = 0.0
    uncertainty: float = 0.0
    sd_uncertainty: float = 0.0


class _Values(msgspec.Struct, forbid_unknown_fields=True):
    drive_half: _Value
    drive_steepness: _Value
    onset_half_time_h: _Value
    fast_half_life_d: _Value
    consolidation_per_d: _Value
    consolidation_half_doses: _Value
    slow_half_life_d: _Value
    top_share: _Value
    placebo_points: _Value
    placebo_half_time_d: _Value
    antidepressant_points: _Value
    antidepressant_time_d: _Value
    own_course_points: _Value
    own_course_time_d: _Value
    responsiveness: _Value
    residual_points: _Value
    baseline_points: _Value


class _Reference(_Part, kw_only=True):
    molecule: str
    route: str
    regimen: str
    weight_kg: float
    window_h: float
    panel: int
    panel_seed: int


class _Visits(_Part, kw_only=True):
    end_after_days: float
    every_days: float
    follow_days: float


class _Forecast(_Part, kw_only=True):
    worlds: int
    patients: int
    least_effective: int
    farthest_sd: float
    days_ahead: int


class _Comparator(_Part, kw_only=True):
    id: str
    name: str
    new_antidepressant: bool = False


class _Protocols(_Part, kw_only=True):
    protocols: list[str]


class _Minutes(_Part, kw_only=True):
    value: float
    unit: str


class _Chain(msgspec.Struct, forbid_unknown_fields=True):
    version: str
    values: _Values
    reference: _Reference
    visits: _Visits
    forecast: _Forecast
    comparators: list[_Comparator]
    new_antidepressant: _Protocols
    formulations: dict[str, str]
    infusion_where_none_sourced: _Minutes


class _Range(_Part, kw_only=True):
    id: str
    protocol: str
    sessions: int | None
    against: str | None
    arm: str
    at_h: float
    quantity: str
    low: float
    high: float
    required: bool


def _file(name: str, schema: type[Any]) -> Any:
    content = read_typed(FOLDER / "pharmacology" / f"{name}.yaml")
    place = f"pharmacology/{name}.yaml"
    whole = as_schema(content, dict[str, Any], place)
    return as_schema(whole.get(name), schema, place)


def _value(name: str, held: _Value) -> values.MoodValue:
    if held.link not in _LINKS:
        raise BadInput(f"mood_chain.{name}: link: one of {', '.join(_LINKS)} is needed, not {held.link!r}")
    if held.spread not in tuple(values.Spread):
        raise BadInput(f"mood_chain.{name}: spread: one of {', '.join(values.Spread)} is needed, not {held.spread!r}")
    spread = values.Spread(held.spread)
    if (spread is values.Spread.LOG and held.value <= 0) or (spread is values.Spread.LOGIT and not 0 < held.value < 1):
        raise BadInput(f"mood_chain.{name}: a value that can spread by {spread} is needed, not {held.value:g}")
    if min(held.sd, held.uncertainty, held.sd_uncertainty) < 0:
        raise BadInput(f"mood_chain.{name}: a spread of 0 or more is needed")
    source = Source(Origin(held.origin), Status.read(held.status), held.status, tuple(held.src))
    return values.MoodValue(
        name, held.value, spread, held.sd, held.uncertainty, held.link, source, held.note, held.sd_uncertainty
    )


@cache
def mood_chain() -> values.MoodChain:
    """The chain as it was fitted, with what the fit left possible. Raises `BadInput`."""
    return fitted(mood_prior(), mood_posterior())


@cache
def mood_prior() -> values.MoodChain:
    """The chain before its fit. Raises `BadInput`."""
    held: _Chain = _file("mood_chain", _Chain)
    plain = ("molecule", "route", "regimen", "weight_kg", "window_h", "panel", "panel_seed")
    visits = held.visits
    return values.MoodChain(
        version=held.version,
        values={name: _value(name, getattr(held.values, name)) for name in _Values.__struct_fields__},
        reference=values.Reference(**{name: getattr(held.reference, name) for name in plain}),
        visits=values.Visits(visits.end_after_days, visits.every_days, visits.follow_days),
        forecast=values.ForecastRule(**{name: getattr(held.forecast, name) for name in values.ForecastRule.__slots__}),
        comparators={one.id: values.Comparator(one.id, one.name, one.new_antidepressant) for one in held.comparators},
        new_antidepressant=frozenset(held.new_antidepressant.protocols),
        formulations=held.formulations,
        infusion_min=held.infusion_where_none_sourced.value,
    )


@cache
def accept_ranges() -> tuple[values.AcceptRange, ...]:
    """What credible virtual trials show. Raises `BadInput`."""
    held: list[_Range] = _file("trial_ranges", list[_Range])
    return tuple(_range(one) for one in held)


def _range(one: _Range) -> values.AcceptRange:
    if one.quantity not in _QUANTITIES or one.low > one.high:
        raise BadInput(f"trial_ranges.{one.id}: one of {', '.join(_QUANTITIES)} from low to high is needed")
    return values.AcceptRange(**{name: getattr(one, name) for name in values.AcceptRange.__slots__})
