"""Model check: the model beside published measurements and credible trials, as pictures with their tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from remit.acts import model_check
from remit.acts.model_check import Checked, Row, summary
from remit.web.charts import check
from remit.web.files import csv_file, svg_file
from remit.web.forms import offer
from remit.web.guard import opens
from remit.web.request import Request

ROUTES = {
    "IV": "Intravenous", "IN": "Intranasal", "PO": "Oral", "PO_PR": "Oral, prolonged release",
    "PO_ER": "Oral, extended release", "SL": "Sublingual, lozenge", "SL_buccal": "Sublingual, film",
    "SC": "Subcutaneous", "IM": "Intramuscular", "rectal": "Rectal",
}  # fmt: skip
KINDS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("ratio", "ratios", ("AUC_ratio", "Cmax_ratio"), check.DIAMOND),
    ("concentration", "concentrations", ("C_", "Cmax", "C"), check.CIRCLE),
    ("area", "areas under the curve", ("AUC",), check.SQUARE),
    ("time", "times and half-lives", ("Tmax", "t_half"), check.TRIANGLE),
    ("disposition", "bioavailability, clearance, volume", ("F", "CL", "Vss"), check.DIAMOND),
)
"""What a quantity is: its kind, the words, how its name begins, and its sign in the picture."""
EFFECT = ("effect", "effects", (), check.DIAMOND)
VERIFIED = {
    "yes": "read in the table", "abstract": "read in an abstract", "secondary": "read at second hand",
    "memory": "from memory, not counted",
}  # fmt: skip
SHOWN: dict[str, tuple[str, Callable[[Row], bool]]] = {
    "all": ("all", lambda _: True),
    "new": ("studies that no model was fitted to", lambda row: not row.fitted),
    "fitted": ("studies that a model was fitted to", lambda row: row.fitted),
    "outside": ("outside the interval", lambda row: row.inside is False),
    "missed": ("off by more than 2-fold", lambda row: row.missed),
}
GROUPS = (
    ("fall", "points", "Fall of the MADRS"),
    ("response", "per cent", "Response"),
    ("remission", "per cent", "Remission"),
    ("sd", "points", "Spread of the change between people"),
    ("relapse", "days after the last session", "Half of those who responded have relapsed"),
)
SECOND_GROUPS = (
    ("first", "points", "PHQ-9 before the first session"),
    ("fall", "points", "Fall of the PHQ-9"),
    ("fell", "per cent", "PHQ-9 fell by 6 points or more"),
)
USES = {False: "kept aside", True: "fitted"}
SHORT = (" and a new oral antidepressant", " + antidepressant")
POOLED = "_pooled"
"""What a line of a picture has no room for."""
DAY = 24
COLUMNS = (
    "source", "molecule", "route", "dose", "quantity", "time_h", "unit", "observed", "predicted", "low", "high",
    "fold_error", "inside", "verified", "fitted", "n", "citation", "why", "skipped",
)  # fmt: skip


class CheckForm(forms.Form):
    """Which rows."""

    route = forms.ChoiceField(label="Route", required=False)
    quantity = forms.ChoiceField(label="Quantity", required=False)
    verified = forms.ChoiceField(label="How it was seen", required=False)
    shown = forms.ChoiceField(
        label="Rows", required=False, choices=[(name, words) for name, (words, _) in SHOWN.items()]
    )

    def __init__(self, rows: Sequence[Row], *args: Any) -> None:
        super().__init__(*args)
        routes = dict.fromkeys(row.observation.route for row in rows if row.predicted is not None)
        seen = dict.fromkeys(_verified(row) for row in rows if row.predicted is not None)
        kinds = {kind: words for kind, words, *_ in (*KINDS, EFFECT)}
        self._offer("route", {name: ROUTES.get(name, name) for name in routes})
        self._offer("quantity", kinds)
        self._offer("verified", {name: VERIFIED[name] for name in VERIFIED if name in seen})

    def _offer(self, name: str, known: dict[str, str]) -> None:
        offer(self, name, [("", "all"), *known.items()])

    def chosen(self, rows: Sequence[Row]) -> list[Row]:
        """The rows of the choices. The form was found valid."""
        held = self.cleaned_data
        fits = SHOWN[held["shown"] or "all"][1]
        return [
            row
            for row in rows
            if held["route"] in ("", row.observation.route)
            and held["quantity"] in ("", _kind(row)[0])
            and held["verified"] in ("", _verified(row))
            and fits(row)
        ]


def _verified(row: Row) -> str:
    """How a row was seen; a row with two words counts by the first."""
    return row.observation.verified.partition(" ")[0]


def _kind(row: Row) -> tuple[str, str, tuple[str, ...], str]:
    name = row.observation.quantity
    if not row.kinetic:
        return EFFECT
    return next(kind for kind in KINDS if name in kind[2] or name.startswith(_longer(kind[2])))


def _longer(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of more than one letter: a letter stands for itself alone."""
    return tuple(name for name in names if len(name) > 1)


@require_safe
@opens("read_model_check")
def page(request: Request) -> HttpResponse:
    """Every row and every cell, with what they come to."""
    held = model_check.read_model_check(request.actor)
    if held.report is None:
        return render(request, "model/check.html", {"held": held})
    form = CheckForm(held.report.rows, request.GET)
    found: dict[str, Any] = {
        "held": held,
        "form": form,
        "groups": list(_groups(held)),
        "results": list(_results(held)),
        "second": list(_second(held)),
        "second_met": (sum(one.inside for one in held.report.second), len(held.report.second)),
        "counted": [(words, *_counted(held, fitted)) for fitted, words in USES.items()],
        "made": held.report.made,
    }
    if not form.is_valid():
        return render(request, "model/check.html", found, status=422)
    compared = [row for row in form.chosen(held.report.rows) if row.predicted is not None]
    routes = dict.fromkeys(row.observation.route for row in compared)
    found |= {
        "compared": len(compared),
        "of": held.sums["compared"],
        "routes": [_route(name, [row for row in compared if row.observation.route == name]) for name in routes],
        "sums": [("all", held.sums["kinetics"]), ("studies that no model was fitted to", held.sums["not_fitted"]),
                 ("studies that a model was fitted to", _fitted(held.report.rows)),
                 *((ROUTES.get(name, name), one) for name, one in held.sums["by_route"].items())],
        "skipped": [(reason, [row.observation for row in held.report.rows if row.skipped == reason], many)
                    for reason, many in held.sums["skipped"].items()],
        "left": held.sums["rows"] - held.sums["compared"],
        "query": request.GET.urlencode(),
    }  # fmt: skip
    return render(request, "model/check.html", found)


def _fitted(rows: Sequence[Row]) -> Any:
    return summary([row for row in rows if row.fitted])["kinetics"]


def _route(name: str, rows: Sequence[Row]) -> dict[str, Any]:
    """One route: its picture, what missed and why, its rows."""
    words = ROUTES.get(name, name)
    reasons = list(dict.fromkeys((row.observation.source, row.why) for row in rows if row.missed))
    numbers = {reason: str(at) for at, reason in enumerate(reasons, start=1)}
    points = [_point(row, numbers) for row in rows if row.fold_error is not None]
    far = [row for row in rows if row.missed]
    missed = [(numbers[reason], *reason, [row for row in far if _reason(row) == reason]) for reason in reasons]
    sums = summary(rows)["kinetics"]
    said = f"{len(points)} rows, {len(far)} of them off by more than 2-fold."
    title = f"{words}: predicted against observed"
    return {
        "name": name,
        "words": words,
        "sums": sums,
        "chart": check.agreement(points, title, said, f"check-{name}") if points else "",
        "missed": missed,
        "rows": [(row, numbers.get(_reason(row), "") if row.missed else "") for row in rows],
    }


def _reason(row: Row) -> tuple[str, str | None]:
    return row.observation.source, row.why


def _point(row: Row, numbers: dict[tuple[str, str | None], str]) -> check.Point:
    held = row.observation
    found = f"observed {held.value:g}, predicted {row.predicted:g} {held.unit}"
    return check.Point(
        words=f"{held.source} {held.molecule} {held.quantity}: {found}",
        observed=held.value or 0.0,
        predicted=row.predicted or 0.0,
        shape=_kind(row)[3],
        fitted=row.fitted,
        bar=row.interval if row.inside is False else None,
        number=numbers.get(_reason(row), "") if row.missed else "",
    )


# The published trials


def _counted(held: Checked, fitted: bool) -> tuple[int, int]:
    """How many results of the fitted, or of those aside, lie in their interval, and of how many."""
    own = [one for one in held.report.results if one.target.fitted is fitted] if held.report is not None else []
    return sum(one.inside for one in own), len(own)


def _results(held: Checked) -> Iterator[dict[str, Any]]:
    """The published results of one quantity, fitted or aside: a picture and a table; what was kept aside first."""
    every = held.report.results if held.report is not None else ()
    for fitted, use in USES.items():
        for quantity, unit, title in GROUPS:
            own = [one for one in every if one.target.quantity == quantity and one.target.fitted is fitted]
            if own:
                yield _drawn(held, own, f"{'fitted' if fitted else 'aside'}-{quantity}", f"{title}, {use}", unit)


def _second(held: Checked) -> Iterator[dict[str, Any]]:
    """What trials saw on the PHQ-9, by quantity."""
    every = held.report.second if held.report is not None else ()
    for quantity, unit, title in SECOND_GROUPS:
        own = [one for one in every if one.target.quantity == quantity]
        if own:
            yield _drawn(held, own, f"phq9-{quantity}", title, unit)


def _drawn(held: Checked, own: Sequence[Any], name: str, title: str, unit: str) -> dict[str, Any]:
    """Results of one kind: a picture and a table."""
    drawn = [_result(held, one) for one in own]
    words = f"{sum(one.inside for one in own)} of {len(own)} lie in their interval."
    chart = check.results(drawn, unit, title, words, name)
    lines = [(line.words, one) for line, one in zip(drawn, own, strict=True)]
    return {"name": name, "title": title, "unit": unit, "chart": chart, "lines": lines}


def _result(held: Checked, one: Any) -> check.Result:
    own = one.target
    arm = held.arms[own.against if own.arm == "comparator" else own.protocol].replace(*SHORT)
    dose = f" {own.dose}" if own.dose and own.arm != "comparator" else ""
    less = " − comparator" if own.arm == "difference" else ""
    many = "" if own.sessions is None else f", {own.sessions} session{'' if own.sessions == 1 else 's'}"
    said = f"{own.observed:.3g} ({one.interval[0]:.3g} to {_end(one.interval[1])})"
    words = f"{own.study.removesuffix(POOLED)}: {arm}{dose}{less}{many}{_when(own.at_h)}"
    return check.Result(words, said, own.observed, one.predicted, one.interval, own.fitted, one.inside)


def _end(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "no end"


# The virtual trials


def _groups(held: Checked) -> Iterator[dict[str, Any]]:
    """The cells of one quantity: a picture and a table."""
    cells = held.report.cells if held.report is not None else ()
    for quantity, unit, title in GROUPS:
        own = [one for one in cells if one.range.quantity == quantity]
        if not own:
            continue
        drawn = [_cell(held, one) for one in own]
        words = f"{sum(one.inside for one in own)} of {len(own)} lie in their range."
        yield {
            "quantity": quantity,
            "title": title,
            "unit": unit,
            "chart": check.ranges(
                drawn, unit, f"{title}: virtual trials beside credible ones", words, f"cells-{quantity}"
            ),
            "cells": [(line.words, one) for line, one in zip(drawn, own, strict=True)],
        }


def _cell(held: Checked, one: Any) -> check.Cell:
    bounds = (one.range.low, one.range.high)
    return check.Cell(_cell_words(held, one), _said(one), bounds, one.value, one.interval, one.inside)


def _cell_words(held: Checked, one: Any) -> str:
    own = one.range
    arm = held.arms[own.protocol if own.arm == "difference" else own.arm]
    against = " less its comparator" if own.arm == "difference" else ""
    many = "" if own.sessions is None else f", {own.sessions} session{'' if own.sessions == 1 else 's'}"
    return f"{arm}{against}{many}{_when(own.at_h)}"


def _when(hours: float) -> str:
    if not hours:
        return ""
    return f", {hours:g} h" if hours <= DAY else f", day {hours / DAY:g}"


def _said(one: Any) -> str:
    return f"{one.value:.3g} ({one.interval[0]:.3g} to {one.interval[1]:.3g})"


@require_safe
@opens("read_model_check")
def table(request: Request) -> HttpResponseBase:
    """Every row of the choices as a table."""
    _, shown = _asked(request)
    return csv_file("model-check", COLUMNS, map(_line, shown))


def _asked(request: Request) -> tuple[Checked, Sequence[Row]]:
    """The report and the rows that a file is of. A choice that does not exist has no file, rather than all rows."""
    held = model_check.read_model_check(request.actor)
    rows = held.report.rows if held.report is not None else ()
    form = CheckForm(rows, request.GET)
    if not form.is_valid():
        raise Http404
    return held, form.chosen(rows)


def _line(row: Row) -> tuple[Any, ...]:
    held = row.observation
    low, high = row.interval or (None, None)
    inside = {True: "yes", False: "no", None: ""}[row.inside]
    return (
        held.source, held.molecule, held.route, held.dose, held.quantity, held.time, held.unit, held.value,
        row.predicted, low, high, row.fold_error, inside, held.verified, "yes" if row.fitted else "", held.n,
        held.citation, row.why or "", row.skipped or "",
    )  # fmt: skip


@require_safe
@opens("read_model_check")
def picture(request: Request, name: str) -> HttpResponseBase:
    """One picture as a file: a route with the rows of the choices, or a quantity of the virtual trials."""
    held, shown = _asked(request)
    own = [row for row in shown if row.observation.route == name and row.fold_error is not None]
    drawn = _route(name, own)["chart"] if own else None
    others = [*((one["quantity"], one["chart"]) for one in _groups(held)),
              *((one["name"], one["chart"]) for one in (*_results(held), *_second(held)))]  # fmt: skip
    drawn = drawn or next((chart for known, chart in others if known == name), None)
    if drawn is None:
        raise Http404
    return svg_file(f"model-check-{name}", drawn)


urlpatterns = [
    path("lab/check/", page, name="model-check"),
    path("lab/check/<slug:name>.svg", picture, name="model-check-svg"),
    path("lab/check/rows.csv", table, name="model-check-csv"),
]
