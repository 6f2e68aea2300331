"""Evidence: what the published trials come to, filtered, redrawn by every choice, repeatable by link and command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from remit.acts import evidence
from remit.acts.evidence import Evidence
from remit.web.evidence_form import JOINS, AskForm, link_of
from remit.web.evidence_time import TIME_COLUMNS, drawn, picture, rows
from remit.web.evidence_view import MISSING, overview, pools_of
from remit.web.files import csv_file, svg_file
from remit.web.guard import opens
from remit.web.pages.claims import SEEN_SHORT
from remit.web.refusals import said
from remit.web.request import Request

COLUMNS = ("pool", "kind", "study", "arms", "control", "comparator", "hours", "scale", "people", "measure", "estimate",
           "low", "high", "variance", "weight", "seen", "not_seen", "citation", "release", "command")  # fmt: skip


@require_safe
@opens("read_evidence")
def show(request: Request) -> HttpResponse:
    """The whole page, or for a choice that changed only what it changes."""
    part = request.htmx and not request.htmx.history_restore_request
    form = AskForm(request.GET)
    held = _asked(request, form, evidence.redraw_evidence if part else evidence.read_evidence)
    found = {"form": form, "release": evidence.release(), **(_found(form, held) if held else {})}
    status = 200 if held else 422
    response = render(request, "evidence/asked.html" if part else "evidence/evidence.html", found, status=status)
    patch_vary_headers(response, ["HX-Request"])
    if part and held:
        response["HX-Push-Url"] = f"{reverse('evidence')}?{found['query']}"
    return response


def _asked(request: Request, form: AskForm, look: Any) -> Evidence | None:
    """The answer, or nothing where the form was refused: its reasons stand beside the fields."""
    held: Evidence | None = None
    if form.is_valid():
        with said(form):
            held = look(request.actor, form.asked())
    return held


def _found(form: AskForm, held: Evidence) -> dict[str, Any]:
    answer, with_memory = held.answer, form.with_memory
    views = pools_of(answer, evidence.options().times, with_memory, held.predicted)
    query = link_of(form.asked(), with_memory)
    return {
        "held": held,
        "answer": answer,
        "views": views,
        "overview": overview(answer, views) if len(views) > 1 else None,
        "joined": [JOINS[word] for word in answer["joined"]],
        "left_out": [(each, each["study"] in held.studies) for each in answer["excluded"]],
        "reasons": Counter(each["reason"].replace("_", " ") for each in answer["excluded"]).most_common(),
        "durability": [(row, SEEN_SHORT[row.verified.value]) for row in held.durability],
        "events": [(line, _by_arm(line)) for line in held.events],
        "over_time": drawn(held.over_time[with_memory]),
        "with_memory": with_memory,
        "query": query,
    }


def _by_arm(line: Any) -> str:
    """`esk 47/114 · pbo 21/113`; what was not found is a dash."""
    counts = ((arm.arm_id, *(MISSING if n is None else n for n in (arm.n, arm.of))) for arm in line.arms)
    return " · ".join(f"{arm} {n}/{of}" for arm, n, of in counts)


def _held(request: Request) -> tuple[AskForm, Evidence]:
    form = AskForm(request.GET)
    held = _asked(request, form, evidence.read_evidence)
    if held is None:
        raise Http404("; ".join(str(error) for errors in form.errors.values() for error in errors))
    return form, held


@require_safe
@opens("read_evidence")
def rows_csv(request: Request) -> HttpResponseBase:
    """Every comparison and every pool as a file."""
    form, held = _held(request)
    return csv_file("evidence", COLUMNS, _rows(held, form.with_memory))


def _rows(held: Evidence, with_memory: bool) -> Iterator[list[Any]]:
    answer = held.answer
    ends = {
        "measure": answer["question"]["measure"],
        "release": answer["release"]["version"],
        "command": answer["command"],
    }
    for at, pool in enumerate(answer["pools"], start=1):
        memory = pool["with_memory"] if with_memory else None
        cells = [_study(one, "study") for one in pool["studies"]]
        cells += [_study(one, "from memory") for one in memory["from_memory"]] if memory else []
        cells += [_whole(pool, "pool")] if pool["k"] else []
        cells += [_whole(memory, "pool with memory")] if memory else []
        cells += [_model(one) for one in held.predicted[at - 1]]
        for row in cells:
            row = row | ends | {"pool": at}
            yield [row.get(name) for name in COLUMNS]


def _study(held: Any, kind: str) -> dict[str, Any]:
    return {
        "kind": kind, "study": held["study_id"], "arms": "+".join(held["arms"]), "control": held["control"],
        "comparator": held["comparator"],
        "hours": held["hours"], "scale": held["scale"], "people": held["people"], "estimate": held["yi"],
        "low": held["ci"][0], "high": held["ci"][1], "variance": held["vi"], "weight": held["weight"],
        "seen": "/".join(held["seen"]), "not_seen": "; ".join(held["not_seen"]), "citation": held["citation"],
    }  # fmt: skip


def _whole(held: Any, kind: str) -> dict[str, Any]:
    return {"kind": kind, "estimate": held["estimate"], "low": held["ci"][0], "high": held["ci"][1]}


def _model(one: Any) -> dict[str, Any]:
    value, low, high = one.at
    end = one.prediction.endpoint
    found = {"kind": "model (hypothesis)", "estimate": value, "low": low, "high": high}
    return found | {"study": end.id, "hours": end.at_h}


@require_safe
@opens("read_evidence")
def forest_svg(request: Request) -> HttpResponse:
    """One picture as a file: the pool of this number, or all of them on one axis."""
    form, held = _held(request)
    views = pools_of(held.answer, evidence.options().times, form.with_memory, held.predicted)
    wanted = request.GET.get("pool", "")
    if not wanted and len(views) > 1:
        return svg_file("evidence", overview(held.answer, views))
    found = next((view for view in views if wanted in ("", str(view.at))), None)
    if found is None:
        raise Http404("pool: there is none of this number")
    return svg_file(f"evidence-{found.at + 1}", found.chart)


@require_safe
@opens("read_evidence")
def time_csv(request: Request) -> HttpResponseBase:
    """Every value over time as a file."""
    form, held = _held(request)
    found = rows(held.over_time[form.with_memory])
    return csv_file("evidence-over-time", TIME_COLUMNS, ([row[name] for name in TIME_COLUMNS] for row in found))


@require_safe
@opens("read_evidence")
def time_svg(request: Request) -> HttpResponse:
    """One picture over time as a file: a panel by its number, `relapses` or `days`."""
    form, held = _held(request)
    wanted = request.GET.get("picture", "")
    found = picture(held.over_time[form.with_memory], wanted)
    if found is None:
        raise Http404("picture: there is none of this name")
    return svg_file(f"evidence-over-time-{wanted}", found)


urlpatterns = [
    path("evidence/over-time.csv", time_csv, name="evidence-time-csv"),
    path("evidence/over-time.svg", time_svg, name="evidence-time-svg"),
    path("evidence/", show, name="evidence"),
    path("evidence/rows.csv", rows_csv, name="evidence-csv"),
    path("evidence/forest.svg", forest_svg, name="evidence-svg"),
]
