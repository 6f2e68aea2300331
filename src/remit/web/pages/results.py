"""Results: what the clinic's own courses came to, with what is missing, beside the published; and what may leave."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from remit.acts import released_arms, results
from remit.acts.core import ACTS
from remit.acts.results import Results
from remit.web import results_view as view
from remit.web.files import csv_file, svg_file
from remit.web.guard import opens
from remit.web.refusals import said
from remit.web.request import Request
from remit.web.results_form import ReleaseForm, ResultsForm, link_of


@require_safe
@opens("read_results", "read_released_results")
def show(request: Request) -> HttpResponse:
    """The live results for prescribers; for everybody else who may look, what was released."""
    part = request.htmx and not request.htmx.history_restore_request
    if not ACTS["read_results"].allows(request.actor):
        return render(request, "results/results.html", _released(request))
    form, held = _asked(request)
    found = {"form": form, **(_found(held) if held else {})}
    found |= {} if part else _released(request)
    status = 200 if held else 422
    response = render(request, "results/asked.html" if part else "results/results.html", found, status=status)
    patch_vary_headers(response, ["HX-Request"])
    if part and held:
        response["HX-Push-Url"] = f"{reverse('results')}?{found['query']}"
    return response


def _asked(request: Request) -> tuple[ResultsForm, Results | None]:
    """The results, or nothing where the form was refused: its reasons stand beside the fields."""
    form = ResultsForm(request.GET, results.offer_results(request.actor))
    held: Results | None = None
    if form.is_valid():
        with said(form):
            held = results.read_results(request.actor, form.asked())
    return form, held


def _found(held: Results) -> dict[str, Any]:
    arms = view.arms(held)
    return {
        "held": held,
        "whole": arms[0],
        "arms": arms,
        "sentence": view.sentence(held),
        "left_out": view.left_out(held),
        "pictures": view.pictures(held) if held.groups[0].treated else {},
        "times": view.times(held),
        "durability": next(one.curve for one in held.times if one.outcome == "relapse"),
        "query": link_of(held.asked),
        "filtered": any((held.asked.indication, held.asked.modality, held.asked.since, held.asked.until)),
    }


def _released(request: Request) -> dict[str, Any]:
    held = released_arms.read_released(request.actor)
    may_release = ACTS["release_results"].allows(request.actor)
    return {"released": held, "released_arms": view.released(held), "may_release": may_release,
            "release": ReleaseForm(None, held.scales) if may_release else None}  # fmt: skip


def _whole(request: Request) -> Results:
    form, held = _asked(request)
    if held is None:
        raise Http404("; ".join(str(error) for errors in form.errors.values() for error in errors))
    return held


@require_safe
@opens("read_results")
def rows_csv(request: Request) -> HttpResponseBase:
    """The table as a file."""
    return csv_file("results", view.COLUMNS, view.rows(_whole(request)))


@require_safe
@opens("read_results")
def picture_svg(request: Request) -> HttpResponse:
    """One picture as a file."""
    name = request.GET.get("picture", view.BESIDE)
    if name not in view.PICTURES:
        raise Http404(f"picture: one of {', '.join(view.PICTURES)} is needed")
    return svg_file(f"results-{name}", view.pictures(_whole(request))[name])


@require_POST
@opens("release_results")
def release(request: Request) -> HttpResponse:
    """Release what may leave now."""
    form = ReleaseForm(request.POST, released_arms.read_released(request.actor).scales)
    if form.is_valid():
        with said(form) as done:
            made = released_arms.release_results(request.actor, form.cleaned_data["scale"])
        if done:
            messages.success(request, _told(len(made)))
            return redirect(f"{reverse('results')}#leaves")
    found = _released(request) | {"release": form, "only_released": True}
    return render(request, "results/results.html", found, status=422)


def _told(many: int) -> str:
    if not many:
        return "Nothing new may leave: no further closed quarter has enough people."
    return f"{many} row{'s' if many > 1 else ''} released. They stay as they are."


@require_safe
@opens("read_released_results")
def arms_csv(request: Request) -> HttpResponseBase:
    """What was released, as a table that `remit pool` reads."""
    outcome = request.GET.get("outcome", released_arms.OUTCOMES[0])
    if outcome not in released_arms.OUTCOMES:
        raise Http404(f"outcome: one of {', '.join(released_arms.OUTCOMES)} is needed")
    table = released_arms.read_released(request.actor).table(outcome)
    return csv_file(f"arms-{outcome}", released_arms.COLUMNS, [list(row.values()) for row in table])


urlpatterns = [
    path("results/", show, name="results"),
    path("results/rows.csv", rows_csv, name="results-csv"),
    path("results/picture.svg", picture_svg, name="results-svg"),
    path("results/release/", release, name="results-release"),
    path("results/arms.csv", arms_csv, name="results-arms"),
]
