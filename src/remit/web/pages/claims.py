"""Claims and studies: what circulates about ketamine held against the trials, and each study behind a figure."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from remit.acts import evidence
from remit.web.guard import opens
from remit.web.request import Request

VERDICTS = {
    "supported": ("done", "supported"),
    "partly": ("again", "partly supported"),
    "not_supported": ("blocked", "not supported"),
    "cannot_be_judged": ("note", "cannot be judged"),
}
"""Each verdict as a sign with its words."""
BEARINGS = {"for": "for it", "against": "against it", "mixed": "for and against", "unclear": "says nothing"}
SEEN = {"yes": "seen in a table or full text", "abstract": "seen in an abstract", "memory": "from memory, not seen"}
SEEN_SHORT = {"yes": "table", "abstract": "abstract", "memory": "memory"}


@require_safe
@opens("read_claims")
def claims(request: Request) -> HttpResponse:
    """Every statement with its verdict."""
    held = evidence.read_claims(request.actor)
    rows = [_row(one) for one in held.statements]
    counted = [(sign, words, sum(row["verdict"] == words for row in rows)) for sign, words in VERDICTS.values()]
    found = {"rows": rows, "counted": counted, "level": held.level, "release": held.release}
    return render(request, "evidence/claims.html", found)


def _row(held: evidence.Statement) -> dict[str, Any]:
    sign, words = VERDICTS[held.judged.verdict.value]
    parts = [(part, BEARINGS[part.result.bearing.value]) for part in held.parts]
    return {
        "claim": held.judged.claim,
        "sign": sign,
        "verdict": words,
        "parts": parts,
        "memory": held.judged.rests_on_memory,
        "command": held.command,
    }


@require_safe
@opens("read_study")
def study(request: Request, study_id: str) -> HttpResponse:
    """One study: citation, arms, each figure with how it was seen."""
    held = evidence.read_study(request.actor, study_id)
    found = {
        "held": held,
        "study": held.study,
        "paper": held.study.arms[0],
        "arms": [(arm, SEEN[arm.verified.value]) for arm in held.study.arms],
        "lines": [(line.field.replace("_", " "), _cells(held, line)) for line in held.lines],
        "timecourse": [(row, SEEN_SHORT[row.verified.value]) for row in held.timecourse],
        "events": [(row, SEEN_SHORT[row.verified.value]) for row in held.events],
    }
    return render(request, "evidence/study.html", found)


def _cells(held: evidence.StudyPage, line: Any) -> list[tuple[str, Any, str]]:
    """Each arm's figure of one line: the arm, the figure, and how it was seen."""
    pairs = zip(held.study.arms, line.cells, strict=True)
    return [(arm.arm_id, cell and _words(cell.value), cell and SEEN_SHORT[cell.seen.value]) for arm, cell in pairs]


def _words(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


urlpatterns = [
    path("evidence/claims/", claims, name="claims"),
    path("evidence/studies/<str:study_id>/", study, name="study"),
]
