"""A pool as a page shows it: its picture, the sentence under it, its table, and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from remit.web.charts.forest import MEMORY, MODEL, POOLED, SENSITIVITY, STUDY, Axis, Line, Point, forest, funnel

Held = Mapping[str, Any]
RATIOS = ("RR", "OR")
UNITS = {"RR": "ratio", "OR": "odds ratio", "RD": "% points", "MD": "points", "SMD": "SD"}
MISSING = "–"


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison in the table twin."""

    study: Held
    said: str
    weight: str
    memory: bool


@dataclass(frozen=True, slots=True)
class PoolView:
    """One pool, ready to be shown."""

    at: int
    title: str
    held: Held
    chart: SafeString
    sentence: str
    said: str
    rows: tuple[Row, ...]
    sensitivity: str
    prediction: str
    facts: tuple[tuple[str, str], ...]
    funnel: SafeString | None
    without: SafeString | None
    model: tuple[Model, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """What the model predicts on the axis of a pool, in words, and how it is computed again."""

    said: str
    where: str
    unlike: str
    command: str


def axis_of(held: Held) -> Axis:
    """How the measure of an answer is read."""
    asked = held["question"]
    return Axis(
        ratio=asked["measure"] in RATIOS,
        shown=lambda value: number(asked["measure"], value),
        right_is_better=asked["outcome"] != "change",
        unit=UNITS[asked["measure"]],
    )


def number(measure: str, value: float) -> str:
    """A place on the measure's own scale, as people read it."""
    if measure in RATIOS:
        ratio = math.exp(value)
        return f"{ratio:.3g}" if ratio < 1 else f"{ratio:.2f}".rstrip("0").rstrip(".")
    return f"{100 * value:.0f}" if measure == "RD" else f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−")


def figures(measure: str, value: float, interval: Sequence[float]) -> str:
    """`1.43 (1.04 to 1.97)`."""

    def said(own: float) -> str:
        if measure in RATIOS:
            return f"{math.exp(own):.2f}"
        return (f"{100 * own:.1f}" if measure == "RD" else f"{own:.2f}").replace("-", "−")

    return f"{said(value)} ({said(interval[0])} to {said(interval[1])})"


def title_of(pool: Held, times: Mapping[str, str]) -> str:
    """What the comparisons of a pool have in common."""
    words = [pool["molecule"], pool["route"], f"against {pool['comparator']}", times.get(pool["time"], pool["time"])]
    return " · ".join([word.replace("_", " ") for word in words] + ([pool["scale"]] if pool.get("scale") else []))


def short_title(pool: Held) -> str:
    """The same, short enough to stand in a picture."""
    time = pool["time"].replace("weeks_2_to_8", "weeks 2–8")
    words = [f"{pool['molecule']} {pool['route']}", pool["comparator"], time]
    return ", ".join([word.replace("_", " ") for word in words] + ([pool["scale"]] if pool.get("scale") else []))


def pools_of(
    held: Held, times: Mapping[str, str], with_memory: bool, predicted: Sequence[Sequence[Any]] = ()
) -> list[PoolView]:
    """Every pool of an answer, with what the model predicts on its axis."""
    models = predicted or [()] * len(held["pools"])
    pairs = zip(held["pools"], models, strict=True)
    return [_view(held, pool, at, times, with_memory, model) for at, (pool, model) in enumerate(pairs)]


def _view(
    held: Held, pool: Held, at: int, times: Mapping[str, str], with_memory: bool, model: Sequence[Any]
) -> PoolView:
    measure, axis = held["question"]["measure"], axis_of(held)
    title = title_of(pool, times)
    lines = [*_lines(pool, measure, with_memory), *(_model_line(one, measure) for one in model)]
    memory = pool["with_memory"]
    return PoolView(
        at=at,
        title=title,
        held=pool,
        chart=forest(lines, axis, f"Forest plot: {title}", _said_of(pool, measure), f"pool-{at}"),
        sentence=sentence(held, pool),
        said=figures(measure, pool["estimate"], pool["ci"]) if pool["k"] else "",
        rows=tuple(_rows(pool, measure, with_memory)),
        sensitivity=figures(measure, memory["estimate"], memory["ci"]) if memory else "",
        prediction=_interval(measure, pool.get("pi")),
        facts=tuple(_facts(pool, measure)) if pool["k"] > 1 else (),
        funnel=_funnel(pool, axis, at) if pool["k"] > 1 else None,
        without=_without(pool, measure, axis, at) if pool["k"] > 1 else None,
        model=tuple(_model(one, measure) for one in model),
    )


WHERE = {
    True: "inside the interval of the pool",
    False: "outside the interval of the pool",
    None: "with no pool beside it that was seen",
}


def _model(one: Any, measure: str) -> Model:
    held = one.prediction
    said = figures(measure, one.at[0], one.at[1:])
    return Model(said, WHERE[one.within], held.endpoint.unlike, held.command)


def _model_line(one: Any, measure: str) -> Line:
    said = figures(measure, one.at[0], one.at[1:])
    return Line("The model, a hypothesis: in no pool", said, MODEL, one.at[0], one.at[1:])


def _interval(measure: str, interval: Sequence[float] | None) -> str:
    if interval is None:
        return MISSING
    return figures(measure, 0.0, interval).partition("(")[2].rstrip(")")


def _said_of(pool: Held, measure: str) -> str:
    if not pool["k"]:
        return "No comparison whose outcome was seen."
    return f"{pool['k']} comparisons; together {figures(measure, pool['estimate'], pool['ci'])}."


def _lines(pool: Held, measure: str, with_memory: bool) -> Iterator[Line]:
    whole = sum(study["weight"] or 0.0 for study in pool["studies"]) or 1.0
    for study in pool["studies"]:
        share = (study["weight"] or 0.0) / whole
        words = f"{study['study']} · {study['people']} people · {100 * share:.0f} %"
        yield Line(words, figures(measure, study["yi"], study["ci"]), STUDY, study["yi"], study["ci"], weight=share)
    memory = pool["with_memory"] if with_memory else None
    for study in memory["from_memory"] if memory else ():
        words = f"{study['study']} · {study['people']} people · from memory"
        yield Line(words, figures(measure, study["yi"], study["ci"]), MEMORY, study["yi"], study["ci"])
    if pool["k"]:
        yield pooled_line(pool, measure, "Together" if pool["k"] > 1 else "One study, nothing pooled")
    elif not memory:
        yield Line("No comparison whose outcome was seen", MISSING)
    if memory:
        said = figures(measure, memory["estimate"], memory["ci"])
        yield Line("With what nobody has seen", said, SENSITIVITY, memory["estimate"], memory["ci"])


def pooled_line(pool: Held, measure: str, words: str) -> Line:
    """The pool as a diamond, with its prediction interval."""
    said = figures(measure, pool["estimate"], pool["ci"])
    prediction = tuple(pool["pi"]) if pool["pi"] and pool["k"] > 1 else None
    return Line(words, said, POOLED, pool["estimate"], pool["ci"], prediction)


def overview(held: Held, views: Sequence[PoolView]) -> SafeString:
    """Every pool on one axis, a line each."""
    measure = held["question"]["measure"]
    lines = [
        pooled_line(view.held, measure, short_title(view.held))
        if view.held["k"]
        else Line(short_title(view.held), "nothing seen", STUDY)
        for view in views
    ]
    return forest(lines, axis_of(held), "Every pool on one axis", f"{len(lines)} pools, a line each.", "overview")


def _rows(pool: Held, measure: str, with_memory: bool) -> Iterator[Row]:
    whole = sum(study["weight"] or 0.0 for study in pool["studies"]) or 1.0
    for study in pool["studies"]:
        share = f"{100 * (study['weight'] or 0.0) / whole:.1f} %"
        yield Row(study, figures(measure, study["yi"], study["ci"]), share, memory=False)
    memory = pool["with_memory"] if with_memory else None
    for study in memory["from_memory"] if memory else ():
        yield Row(study, figures(measure, study["yi"], study["ci"]), MISSING, memory=True)


def sentence(held: Held, pool: Held) -> str:
    """What one sees in the picture, in words."""
    if not pool["k"]:
        return "Nobody has seen the outcome of any comparison here in a table or an abstract: there is no pool."
    asked = held["question"]
    people = sum(study["people"] for study in pool["studies"])
    many = "1 study" if pool["k"] == 1 else f"{pool['k']} comparisons"
    treated, against = f"{pool['molecule']} {pool['route']}", pool["comparator"].replace("_", " ")
    treated = treated.replace("joined", "").strip() or "treatment"
    against = "comparators of every kind" if against == "joined" else against
    found = _found(asked["outcome"], asked["measure"], pool, treated, against)
    low, high = pool["ci"]
    holds = "includes" if low <= 0 <= high else "leaves out"
    return f"{many} with {people} people: {found}. The interval {holds} “no difference”."


def _found(outcome: str, measure: str, pool: Held, treated: str, against: str) -> str:
    said = figures(measure, pool["estimate"], pool["ci"])
    if measure == "RR":
        return f"{outcome} was {said} times as frequent with {treated} as with {against}"
    if measure == "OR":
        return f"the odds of {outcome} were {said} times those with {against}, with {treated}"
    if measure == "RD":
        return f"of 100 people, {said} more had {outcome} with {treated} than with {against}"
    unit = "points" if measure == "MD" else "standard deviations"
    return f"with {treated} the score changed by {said} {unit} more than with {against}; below 0 is better"


def _facts(pool: Held, measure: str) -> Iterator[tuple[str, str]]:
    """How far the studies agree."""
    low, high = pool["tau2_ci"] or (None, None)
    interval = "" if low is None else f" ({low:.4f} to {high:.4f})"
    yield "τ², variance between studies", f"{pool['tau2']:.4f}{interval}"
    yield "I², share of it in what varies", f"{pool['i2']:.1f} %"
    yield "H²", f"{pool['h2']:.2f}"
    yield "Q", f"{pool['q']:.2f} on {pool['q_df']} degrees of freedom, p {pool['q_p']:.3g}"
    yield "In a new setting (prediction interval)", _interval(measure, pool["pi"])
    egger = pool["egger"]
    yield "Egger's test", egger["reason"] or f"{egger['z']:.2f}, p {egger['p']:.3g}"


def _funnel(pool: Held, axis: Axis, at: int) -> SafeString:
    points = [Point(study["study"], study["yi"], math.sqrt(study["vi"])) for study in pool["studies"]]
    first = pool["studies"][0]
    reach = (first["ci"][1] - first["yi"]) / math.sqrt(first["vi"])
    return funnel(points, pool["estimate"], reach, axis, f"funnel-{at}")


def _without(pool: Held, measure: str, axis: Axis, at: int) -> SafeString:
    lines = [
        Line(
            f"without {one['study']}", figures(measure, one["estimate"], one["ci"]), POOLED, one["estimate"], one["ci"]
        )
        for one in pool["leave_one_out"]
    ]
    return forest(lines, axis, "Each study left out in turn", f"{len(lines)} pools.", f"without-{at}")
