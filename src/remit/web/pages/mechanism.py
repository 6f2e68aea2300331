"""How it works: from the spray or drip to mood, for patients and clinicians, drawn from the model itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from remit.acts import mechanism
from remit.acts.core import ACTS
from remit.acts.mechanism import WITHOUT, Told
from remit.web.charts import mechanism as charts
from remit.web.files import csv_file, svg_file
from remit.web.forms import offer
from remit.web.guard import opens
from remit.web.request import Request

SEEN = {
    "human": ("done", "Seen in people"),
    "animal": ("note", "Seen in animals"),
    "none": ("review", "No study was read"),
}
"""In whom a link was seen: a sign and its words."""
SHORT = {"human": "people", "animal": "animals", "none": "no study read"}
READ = {
    "yes": "read in the paper", "abstract": "read in an abstract", "secondary": "read at second hand",
    "derived": "fitted here to its curves", "memory": "from memory",
}  # fmt: skip
TITLES = {
    "ketamine_ng_ml": ("The drug in the blood", "ng/mL"),
    "nmda_block": ("Switches held shut", "of 100"),
    "cadss": ("How odd things seem", "points of the CADSS"),
    "systolic_change_mmhg": ("Rise of the upper blood pressure", "mmHg"),
    "plasticity": ("The store in the model", "of 100"),
    "mood": ("How low the mood is", "points of the MADRS"),
}
MAP = "chain"
SHARES = ("nmda_block", "plasticity")
COURSE = ("plasticity", "mood")


class RegimenForm(forms.Form):
    """Which regimen is drawn."""

    regimen = forms.ChoiceField(label="Drawn for", required=False)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        offer(self, "regimen", [*mechanism.choices().items()])


@require_safe
@opens("read_how_it_works")
def page(request: Request) -> HttpResponse:
    """The chain, link by link."""
    form = RegimenForm(request.GET or None)
    chosen = form.cleaned_data["regimen"] if form.is_valid() else ""
    held = mechanism.read_how_it_works(request.actor, chosen)
    found = {
        "form": form,
        "held": held,
        "map": _map(held),
        "links": [_view(held, link) for link in held.links],
        "signs": SEEN.values(),
        "may_claims": ACTS["read_claims"].allows(request.actor),
    }
    return render(request, "model/how.html", found, status=422 if form.errors else 200)


def _map(held: Told) -> SafeString:
    steps = [charts.Step(one.title, SHORT[one.evidence.value], one.computed, one.side) for one in held.links]
    words = ". ".join(f"{one.title}: {'computed' if one.computed else 'told'}, {one.seen}" for one in steps)
    return charts.chain(steps, "The chain at a glance", words, MAP)


def _view(held: Told, link: Any) -> dict[str, Any]:
    sign, seen = SEEN[link.evidence.value]
    return {
        "link": link,
        "sign": sign,
        "seen": seen,
        "pictures": list(_pictures(held, link.curves)),
        "cited": [(one.text, READ.get(one.seen, one.seen)) for one in link.cited],
    }


def _pictures(held: Told, names: tuple[str, ...]) -> Iterator[tuple[SafeString, str, str]]:
    for name in names:
        if name in held.curves and name in TITLES:
            title, unit = TITLES[name]
            lines = list(_lines(held, name))
            ticks = held.sessions if name in COURSE else ()
            words = _words(title, unit, lines[0], bool(ticks))
            yield charts.curve(title, unit, lines, words, f"how-{name}", ticks), words, name


def _lines(held: Told, name: str) -> Iterator[charts.Line]:
    one = held.curves[name]
    times_100 = 100 if name in SHARES else 1
    both = name == "mood"
    yield charts.Line("with the drug" if both else "", one.times, [value * times_100 for value in one.values])
    if both:
        other = held.curves[WITHOUT]
        yield charts.Line("with a dummy", other.times, other.values)


def _words(title: str, unit: str, line: charts.Line, days: bool) -> str:
    first, last = line.values[0], line.values[-1]
    most = max(line.values)
    at = line.times[list(line.values).index(most)]
    when = f"day {at:.0f}" if days else f"{round(at * 60)} minutes"
    return f"{title}: {first:.0f} at the start, at most {most:.0f} {unit} after {when}, {last:.0f} at the end."


@require_safe
@opens("read_how_it_works")
def curves(request: Request) -> HttpResponseBase:
    """Every curve of the choice as a table."""
    held = _asked(request)
    header = ("regimen", "quantity", "time", "time_unit", "value")
    return csv_file(f"how-it-works-{held.chosen.id}", header, _rows(held))


@require_safe
@opens("read_how_it_works")
def picture(request: Request, name: str) -> HttpResponseBase:
    """One picture of the choice as a file."""
    held = _asked(request)
    drawn = _map(held) if name == MAP else next((one for one, *_ in _pictures(held, (name,))), None)
    if drawn is None:
        raise Http404
    return svg_file(f"how-it-works-{name}", drawn)


def _asked(request: Request) -> Told:
    """What a file is of. A choice that does not exist has no file, rather than that of another one."""
    form = RegimenForm(request.GET)
    if not form.is_valid():
        raise Http404
    return mechanism.read_how_it_works(request.actor, form.cleaned_data["regimen"])


def _rows(held: Told) -> Iterator[tuple[Any, ...]]:
    for name, one in held.curves.items():
        unit = "d" if name in (*COURSE, WITHOUT) else "h"
        for time, value in zip(one.times, one.values, strict=True):
            yield held.chosen.words, name, time, unit, value


urlpatterns = [
    path("how-it-works/", page, name="how-it-works"),
    path("how-it-works/curves.csv", curves, name="how-it-works-csv"),
    path("how-it-works/<slug:name>.svg", picture, name="how-it-works-svg"),
]
