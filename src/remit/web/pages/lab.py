"""Regimen lab: protocols and doses side by side on virtual patients, computed beside the server, with their bands."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from remit.acts import lab
from remit.acts.lab import Comparison, LabRefused
from remit.web.charts.lab import Line, lab_chart
from remit.web.files import csv_file, png_file, svg_file
from remit.web.guard import opens
from remit.web.lab_forms import LETTERS, LabForms
from remit.web.lab_mood import HEADER, MoodView, mood_rows, mood_view, picture_lines
from remit.web.lab_mood import QUANTITY as MOOD
from remit.web.request import Request
from remit.web.sheet.png import png

QUANTITIES = {
    "ketamine_ng_ml": "Ketamine in the blood",
    "norketamine_ng_ml": "Norketamine in the blood",
    "nmda_block": "Receptor block",
    "cadss": "Dissociation, CADSS",
    "moaas": "Alertness, MOAA/S",
    "systolic_change_mmhg": "Systolic pressure, change",
    "diastolic_change_mmhg": "Diastolic pressure, change",
    "pulse_change_per_min": "Pulse, change",
}
MEASURES = (
    ("Highest, of alertness lowest", ("cmax", "max", "min")), ("After, h", ("tmax_h", "tmin_h")),
    ("Area, ng·h/mL", ("auc_ng_h_ml",)), ("Half-life, h", ("half_life_h",)),
)  # fmt: skip
"""The columns of the table; an effect has no area and no half-life."""
MOST_MINUTES_APART = 30
"""Between points that lie closer no peak is lost that a person would see."""
HOURS_IN_MINUTES = 7
"""Until when a time is said in minutes."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One quantity: its chart, and how far it is known for each regimen."""

    quantity: str
    title: str
    drawn: SafeString
    links: list[tuple[str, str]]
    notes: list[str]
    absent: list[str]
    """The letters of the regimens for which nothing is known."""


@require_safe
@opens("run_lab", "open_lab")
def page(request: Request) -> HttpResponse:
    """The lab; an address with choices runs them, and shows them again to whoever has it."""
    known = lab.choices()
    held = LabForms(known, request.GET)
    found: dict[str, Any] = {"held": held, "filled": held.filled, "link": request.build_absolute_uri()}
    if not held.filled:
        lab.open_lab(request.actor)
    elif held.are_valid():
        try:
            comparison = lab.run_lab(request.actor, [one for _, one in held.chosen()], held.crowd.crowd())
            found |= shown(comparison)
        except LabRefused as refused:
            held.refuse(refused)
    refused_some = any(form.errors for form in held.all) if held.filled else False
    return render(request, "lab/page.html", found | {"refused": refused_some}, status=422 if refused_some else 200)


@require_safe
@opens("poll_lab")
def run(request: Request, key: str) -> HttpResponse:
    """How far a run is, and what came of it. What the engine refused stands in the page itself."""
    comparison = lab.poll_lab(request.actor, key)
    found = shown(comparison) if comparison is not None else {"lost": True}
    answer = render(request, "lab/outcome.html", found)
    if comparison is not None and comparison.run.refused is not None:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
@opens("cancel_lab")
def cancel(request: Request, key: str) -> HttpResponse:
    """Stop a run."""
    comparison = lab.cancel_lab(request.actor, key)
    if not request.htmx:
        return redirect("lab")
    return render(request, "lab/outcome.html", shown(comparison) if comparison is not None else {"lost": True})


@require_safe
@opens("poll_lab")
def curves(request: Request, key: str) -> HttpResponseBase:
    """Every curve as a table."""
    header = ("regimen", "given", "quantity", "unit", "known_as", "time_h", "median", "p05", "p95", "n", "seed")
    return csv_file("regimen-lab", header, _rows(_done(request, key)))


@require_safe
@opens("poll_lab")
def mood(request: Request, key: str) -> HttpResponseBase:
    """The course of mood as a table."""
    comparison = _done(request, key)
    view = _mood(comparison)
    if view is None or comparison.run.mood is None:
        raise Http404
    return csv_file("regimen-lab-mood", HEADER, mood_rows(view, comparison.run.mood["comparator"]))


def _mood(comparison: Comparison) -> MoodView | None:
    run = comparison.run
    if run.mood is None:
        return None
    return mood_view(run.mood, list(zip(LETTERS, comparison.names, strict=False)), run.documents, comparison.aside)


def _mood_drawn(comparison: Comparison) -> MoodView:
    view = _mood(comparison)
    if view is None or view.drawn is None:
        raise Http404
    return view


@require_safe
@opens("poll_lab")
def picture(request: Request, key: str, quantity: str) -> HttpResponseBase:
    """One picture as a file."""
    if quantity == MOOD:
        return svg_file(f"regimen-lab-{quantity}", str(_mood_drawn(_done(request, key)).drawn))
    return svg_file(f"regimen-lab-{quantity}", _drawn(_done(request, key), quantity).drawn)


@require_safe
@opens("poll_lab")
def picture_of_dots(request: Request, key: str, quantity: str) -> HttpResponseBase:
    """One picture as a PNG that stands alone: with its regimens, its people and its seed."""
    comparison = _done(request, key)
    if quantity == MOOD:
        view = _mood_drawn(comparison)
        return png_file(f"regimen-lab-{quantity}", png(str(view.drawn), view.title, picture_lines(view)))
    one = _drawn(comparison, quantity)
    people = comparison.run.documents[0]
    known = dict(one.links)
    lines = [
        f"{letter} ({known.get(letter, 'not known')}): {name}"
        for letter, name in zip(LETTERS, comparison.names, strict=False)
    ]
    lines += [
        f"{letter}: {words}"
        for letter, held in _lettered(comparison.run.documents)
        for words in (*(f"beyond what was studied: {said}" for said in held["extrapolation"]), *held["limits"])
    ]
    crowd = f"{people['n']} virtual patients, band from p05 to p95" if people["n"] else "The typical patient"
    return png_file(
        f"regimen-lab-{quantity}",
        png(one.drawn, one.title, [*lines, f"{crowd}, seed {people['seed']}, {people['site']} blood."]),
    )


def _drawn(comparison: Comparison, quantity: str) -> Picture:
    found = next((one for one in pictures(comparison) if one.quantity == quantity), None)
    if found is None:
        raise Http404
    return found


@require_safe
@opens("poll_lab")
def script(request: Request, key: str) -> HttpResponse:
    """A Python script that repeats it."""
    answer = HttpResponse(_done(request, key).script, content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="regimen_lab.py"'
    return answer


def _done(request: Request, key: str) -> Comparison:
    comparison = lab.poll_lab(request.actor, key)
    if comparison is None or not comparison.run.documents:
        raise Http404
    return comparison


# What is shown of a run


def shown(comparison: Comparison) -> dict[str, Any]:
    """What the templates need of a run."""
    documents = comparison.run.documents
    named = list(zip(LETTERS, comparison.names, comparison.commands, strict=False))
    found: dict[str, Any] = {
        "run": comparison.run,
        "ahead": comparison.ahead,
        "named": [(letter, name) for letter, name, _ in named],
        "commands": [(letter, shlex.join(parts)) for letter, _, parts in named],
    }
    if not documents:
        return found
    return found | {
        "pictures": pictures(comparison),
        "table": [row for quantity in QUANTITIES for row in _measures(quantity, documents)],
        "columns": [words for words, _ in MEASURES],
        "sentences": [sentence(letter, one) for letter, one in _lettered(documents)],
        "extrapolation": [(letter, words) for letter, one in _lettered(documents) for words in one["extrapolation"]],
        "limits": [(letter, words) for letter, one in _lettered(documents) for words in one["limits"]],
        "people": documents[0],
        "apart": apart(documents),
        "bins": bins(documents[0]),
        "mood": _mood(comparison),
    }


def bins(document: Mapping[str, Any]) -> tuple[str, str] | None:
    """How wide a bin is and how far it puts a number off, of a hundred; null where everybody's numbers were kept."""
    error = 100 * document["percentiles"]["relative_error"]
    return (f"{2 * error:.1g}", f"{error:.1g}") if error else None


def apart(documents: Sequence[Mapping[str, Any]]) -> int:
    """How many minutes lie between two points of the coarsest curve; 0 where no peak is lost between them."""
    minutes = max(round((one["times_h"][1] - one["times_h"][0]) * 60) for one in documents)
    return minutes if minutes > MOST_MINUTES_APART else 0


def _lettered(documents: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return zip(LETTERS, documents, strict=False)


def pictures(comparison: Comparison) -> list[Picture]:
    """A picture of each quantity that is known for at least one regimen."""
    documents = comparison.run.documents
    return [_picture(name, title, documents) for name, title in QUANTITIES.items() if _having(name, documents)]


def _having(quantity: str, documents: Sequence[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(letter, one) for letter, one in _lettered(documents) if quantity in one["quantities"]]


def _picture(quantity: str, title: str, documents: Sequence[Mapping[str, Any]]) -> Picture:
    held = _having(quantity, documents)
    curves = [(letter, one["times_h"], one["quantities"][quantity]) for letter, one in held]
    lines = [Line(letter, times, one["median"], one["p05"], one["p95"]) for letter, times, one in curves]
    words = ". ".join(_peak(letter, one, quantity) for letter, one in held)
    absent = [letter for letter, one in _lettered(documents) if quantity not in one["quantities"]]
    return Picture(
        quantity=quantity,
        title=title,
        drawn=lab_chart(title, held[0][1]["quantities"][quantity]["unit"], lines, words, f"lab-{quantity}"),
        links=[(letter, one["status"][quantity]["link"]) for letter, one in held],
        notes=sorted({note for _, one in held for note in one["status"][quantity]["notes"]}),
        absent=absent,
    )


def _peak(letter: str, one: Mapping[str, Any], quantity: str) -> str:
    held = one["summary"][quantity]
    unit = one["quantities"][quantity]["unit"]
    if "min" in held:
        return f"{letter}: at least {said(held['min'])} {unit}, after {when(held['tmin_h'])}"
    return f"{letter}: at most {said(furthest(held))} {unit}, after {when(held['tmax_h'])}"


def furthest(held: Mapping[str, Any]) -> Mapping[str, Any]:
    """The highest value of a quantity, which the engine calls `max` for an effect; the lowest of what falls."""
    return held.get("cmax") or held.get("max") or held["min"]


def digits(value: float | None) -> str:
    """A number in three digits."""
    return "–" if value is None else f"{float(f'{value:.3g}'):g}"


def between(held: Mapping[str, Any] | None) -> str:
    """The band of a number; empty where there is none."""
    return f"{digits(held['p05'])} to {digits(held['p95'])}" if held and held["p05"] is not None else ""


def said(held: Mapping[str, Any] | None) -> str:
    """A median with its band."""
    if held is None:
        return "–"
    return f"{digits(held['median'])} ({between(held)})" if between(held) else digits(held["median"])


def when(held: Mapping[str, Any]) -> str:
    """A time with its band: in minutes within the first hours, else in hours."""
    if (held["p95"] or held["median"]) > HOURS_IN_MINUTES:
        return f"{said(held)} h"
    minutes = {name: value and float(round(value * 60)) for name, value in held.items()}
    return f"{said(minutes)} min"


def _measures(quantity: str, documents: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for letter, one in _having(quantity, documents):
        held = one["summary"][quantity]
        unsure = (one["uncertainty"] or {}).get(quantity, {}).get("cmax")
        found = [(words, next((held[what] for what in names if what in held), None)) for words, names in MEASURES]
        yield {
            "letter": letter,
            "title": QUANTITIES[quantity],
            "unit": one["quantities"][quantity]["unit"],
            "link": one["status"][quantity]["link"],
            "cells": [(words, digits(value["median"]) if value else "–", between(value)) for words, value in found],
            "unsure": between(unsure),
        }


def sentence(letter: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """What one sees of a regimen, in words."""
    summary = one["summary"]
    found = {name: said(furthest(summary[name])) for name in QUANTITIES if name in summary}
    return {
        "letter": letter,
        "typical": one["n"] == 0,
        "peak": found.get("ketamine_ng_ml", ""),
        "when": when(summary["ketamine_ng_ml"]["tmax_h"]) if "ketamine_ng_ml" in summary else "",
        "pressure": found.get("systolic_change_mmhg", ""),
        "dissociation": found.get("cadss", ""),
        "alertness": found.get("moaas", ""),
    }


def _rows(comparison: Comparison) -> Iterator[tuple[Any, ...]]:
    for (letter, one), name in zip(_lettered(comparison.run.documents), comparison.names, strict=False):
        for quantity, held in one["quantities"].items():
            nothing = [None] * len(one["times_h"])
            columns = (one["times_h"], held["median"], held["p05"] or nothing, held["p95"] or nothing)
            for time, median, low, high in zip(*columns, strict=True):
                link = one["status"][quantity]["link"]
                yield letter, name, quantity, held["unit"], link, time, median, low, high, one["n"], one["seed"]


urlpatterns = [
    path("lab/", page, name="lab"),
    path("lab/runs/<slug:key>/", run, name="lab-run"),
    path("lab/runs/<slug:key>/cancel/", cancel, name="cancel-lab"),
    path("lab/runs/<slug:key>/curves.csv", curves, name="lab-csv"),
    path("lab/runs/<slug:key>/mood.csv", mood, name="lab-mood-csv"),
    path("lab/runs/<slug:key>/regimen_lab.py", script, name="lab-script"),
    path("lab/runs/<slug:key>/<slug:quantity>.svg", picture, name="lab-svg"),
    path("lab/runs/<slug:key>/<slug:quantity>.png", picture_of_dots, name="lab-png"),
]
