"""A pool as one document of plain values, for the command line and for pages, and as text for people."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from remit.evidence import bias
from remit.evidence.effects import Measure, proportion_of_double_arcsine, proportion_of_logit
from remit.evidence.multilevel import Multilevel
from remit.evidence.pooling import Interval, Pooled
from remit.evidence.robustness import Influence, Subgroups
from remit.evidence.table import Table
from remit.quantities import BadInput

Back = Callable[[float], float | None]
Series = Sequence[tuple[str, Pooled]]


def people(table: Table, measure: Measure) -> tuple[float, ...]:
    """How many people each row has, where the way back to a proportion needs it."""
    return tuple(float(cell) for cell in table.column("ni")) if measure is Measure.PFT else ()


def document(
    pooled: Pooled, measure: Measure, notes: Sequence[str] = (), people: Sequence[float] = ()
) -> dict[str, Any]:
    """The whole result. Numbers stand on the measure's own scale; `exp` or `proportion` is what people read."""
    held: dict[str, Any] = {
        "k": pooled.k,
        "measure": measure.value,
        "method": pooled.choices.method.value,
        "test": pooled.choices.test.value,
        "level": pooled.choices.level,
        **_estimate(pooled),
        "pi": _interval(pooled.pi),
        "tau2": pooled.tau2,
        "tau2_ci": _interval(pooled.tau2_ci),
        "i2": pooled.i2,
        "h2": pooled.h2,
        "q": pooled.q,
        "q_df": pooled.q_df,
        "q_p": pooled.q_p,
        "coefficients": [
            {
                "name": each.name,
                "estimate": each.estimate,
                "se": each.se,
                "z": each.statistic,
                "p": each.p,
                "ci": list(each.ci),
            }
            for each in pooled.coefficients
        ],
        "omnibus": _omnibus(pooled),
        "egger": _egger(pooled),
        "studies": _studies(pooled),
    }
    held |= _back(pooled, measure, people)
    if pooled.studies.moderators:
        notes = [*notes, "estimate, interval and prediction hold where every moderator is 0"]
    if pooled.studies.clusters:
        notes = [*notes, f"errors are robust to clusters and tested by t on {pooled.df} df, whatever the test chosen"]
    held["clusters"] = len(set(pooled.studies.clusters)) or None
    held["notes"] = [*notes, *pooled.notes]
    return held


def _estimate(pooled: Pooled) -> dict[str, Any]:
    return {
        "estimate": pooled.estimate,
        "se": pooled.se,
        "ci": list(pooled.ci),
        "z": pooled.first.statistic,
        "p": pooled.first.p,
        "df": pooled.df,
    }


def _interval(interval: Interval | None) -> list[float] | None:
    return None if interval is None else list(interval)


def _studies(pooled: Pooled) -> list[dict[str, Any]]:
    studies = pooled.studies
    columns = zip(studies.names, studies.effects, studies.variances, pooled.weights, strict=True)
    return [{"study": name, "yi": yi, "vi": vi, "weight": weight} for name, yi, vi, weight in columns]


def _omnibus(pooled: Pooled) -> dict[str, Any] | None:
    if pooled.omnibus is None:
        return None
    statistic, df, p = pooled.omnibus
    return {"statistic": statistic, "df": df, "df2": pooled.df, "p": p}


def _egger(pooled: Pooled) -> dict[str, Any]:
    """Egger's test, or why there is none."""
    empty = dict.fromkeys(("z", "p", "df", "slope", "se", "limit_estimate", "limit_ci"))
    try:
        found = bias.egger(pooled)
    except BadInput as refused:
        return {**empty, "reason": str(refused)}
    return {
        "z": found.slope.statistic,
        "p": found.slope.p,
        "df": found.df,
        "slope": found.slope.estimate,
        "se": found.slope.se,
        "limit_estimate": found.limit.estimate if found.limit else None,
        "limit_ci": list(found.limit.ci) if found.limit else None,
        "reason": None,
    }


def _back(pooled: Pooled, measure: Measure, people: Sequence[float]) -> dict[str, Any]:
    """The estimate and its intervals as people read them."""
    name, back = _way_back(measure, people)
    if back is None:
        return {}
    intervals = {"ci": pooled.ci, "pi": pooled.pi}
    read = {key: None if held is None else [back(end) for end in held] for key, held in intervals.items()}
    return {name: {"estimate": back(pooled.estimate), **read}}


def _way_back(measure: Measure, people: Sequence[float]) -> tuple[str, Back | None]:
    if measure.logarithmic:
        return "exp", _exp
    if measure is Measure.PLO:
        return "proportion", proportion_of_logit
    if measure is Measure.PFT and people:
        typical = len(people) / sum(1 / each for each in people)
        return "proportion", lambda value: proportion_of_double_arcsine(value, typical)
    return "", None


def _exp(value: float) -> float | None:
    """The exponential; none where it is larger than any number."""
    try:
        return math.exp(value)
    except OverflowError:
        return None


def of_series(series: Series, measure: Measure) -> list[dict[str, Any]]:
    """Pools that follow one another: without a study, or with one more."""
    return [
        {"study": name, "k": held.k, **_estimate(held), "tau2": held.tau2, "i2": held.i2, "q": held.q}
        | _back(held, measure, ())
        for name, held in series
    ]


def of_subgroups(found: Subgroups, measure: Measure) -> dict[str, Any]:
    """Each group's pool, and the test between them."""
    groups = [{"group": row.pop("study"), **row} for row in of_series(found.groups, measure)]
    return {"groups": groups, "q_between": found.q_between, "df": found.df, "p": found.p}


def of_influence(found: Sequence[Influence]) -> list[dict[str, Any]]:
    """Deletion diagnostics, one study a row."""
    names = ("study", "rstudent", "dffits", "cook_d", "cov_r", "tau2_without", "q_without", "hat", "weight")
    return [
        {**{name: getattr(each, name) for name in names}, "dfbs": list(each.dfbs), "influential": each.influential}
        for each in found
    ]


def of_multilevel(found: Multilevel) -> dict[str, Any]:
    """The model with one variance between clusters and one within, its errors robust."""
    first = found.coefficients[0]
    return {
        "between": found.between,
        "within": found.within,
        "estimate": first.estimate,
        "se": first.se,
        "model_se": found.model_se[0],
        "ci": list(first.ci),
        "pi": list(found.pi),
        "t": first.statistic,
        "df": found.df,
        "p": first.p,
        "clusters": found.clusters,
    }


def of_bias(pooled: Pooled, measure: Measure) -> dict[str, Any]:
    """The rank test and trim-and-fill, or why there is none."""
    return {"begg": _or_reason(lambda: _begg(pooled)), "trim_and_fill": _or_reason(lambda: _filled(pooled, measure))}


def _or_reason(found: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return found()
    except BadInput as refused:
        return {"reason": str(refused)}


def _begg(pooled: Pooled) -> dict[str, Any]:
    found = bias.begg(pooled.studies)
    return {"tau": found.tau, "p": found.p}


def _filled(pooled: Pooled, measure: Measure) -> dict[str, Any]:
    found = bias.trim_and_fill(pooled)
    held = {"missing": found.missing, "se_missing": found.se, "side": found.side, **_estimate(found.pooled)}
    return held | {"tau2": found.pooled.tau2} | _back(found.pooled, measure, ())


def headline(held: Mapping[str, Any]) -> list[str]:
    """The answer, and how far the studies agree, in a few lines."""
    many = "1 study" if held["k"] == 1 else f"{held['k']} studies"
    lines = [
        f"{held['measure']}, {held['method']}, test {held['test']}: {many}",
        f"estimate {said(held, 'estimate')}  {held['level']:g} % interval {said(held, 'ci')}  p {held['p']:.4g}",
    ]
    if held["k"] == 1:
        return lines
    if held["pi"]:
        lines.append(f"in a new setting (prediction interval) {said(held, 'pi')}")
    interval = f" ({_pair(held['tau2_ci'])})" if held["tau2_ci"] else ""
    lines.append(f"tau² {held['tau2']:.4f}{interval}  I² {held['i2']:.1f} %  H² {held['h2']:.2f}")
    return [*lines, f"Q {held['q']:.4f} on {held['q_df']} df, p {held['q_p']:.4g}"]


def as_text(held: Mapping[str, Any]) -> str:
    """The result as a person reads it: the answer, how far the studies agree, then each study."""
    lines = headline(held)
    if len(held["coefficients"]) > 1:
        lines += ["", *_table(held["coefficients"])]
    egger = held["egger"]
    lines.append(egger["reason"] or f"Egger's test {egger['z']:.4f}, p {egger['p']:.4f}")
    lines += ["", *_table(held["studies"])]
    for name in ("subgroups", "cumulative", "leave_one_out", "influence", "multilevel", "begg", "trim_and_fill"):
        if name in held:
            lines += ["", name.replace("_", " "), *_part(held[name])]
    return "\n".join([*lines, *(f"note: {note}" for note in held["notes"])])


def _part(held: Any) -> list[str]:
    if isinstance(held, Mapping) and "groups" in held:
        return [*_table(held["groups"]), f"between groups: Q {held['q_between']:.4f}, p {held['p']:.4f}"]
    return _table([held] if isinstance(held, Mapping) else held)


def said(held: Mapping[str, Any], key: str) -> str:
    """A number or an interval, as people read it first and on the measure's own scale after it."""
    own = _cell(held[key])
    read = held.get("exp") or held.get("proportion")
    return f"{_cell(read[key])} (on the own scale {own})" if read else own


def _pair(pair: Sequence[float | None]) -> str:
    return " to ".join("–" if end is None else f"{end:.4f}" for end in pair)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, list | tuple):
        return _pair(value)
    if isinstance(value, Mapping):
        return _cell(value.get("estimate"))
    return "–" if value is None else "yes" if value is True else "no" if value is False else str(value)


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Rows under one heading, in columns."""
    heading = list(rows[0])
    cells = [heading, *([_cell(row[name]) for name in heading] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(heading))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
