"""What the model expects of a session's dose: asked for by the page itself once it is there, never within it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.timezone import get_current_timezone
from django.views.decorators.http import require_safe

from remit.acts import clock
from remit.acts.expected_effects import PEOPLE_SHOWN, SEED, Effects, expect_effects
from remit.acts.session import Opened
from remit.web import chair
from remit.web.charts.expected import words
from remit.web.guard import opens
from remit.web.request import Request


@require_safe
@opens("expect_effects")
def expected(request: Request, session_id: UUID) -> HttpResponse:
    """The session's curve with the band behind it, computed where nobody asked before."""
    opened, effects = expect_effects(request.actor, session_id, clock.now())
    drawn = chair.curve(opened, get_current_timezone(), effects)
    return render(request, "session/curve.html", {"curve": drawn, "effects": effects, "row": opened.loaded.row})


@require_safe
@opens("expect_effects")
def more(request: Request, session_id: UUID) -> HttpResponse:
    """What the band rests on, and dissociation."""
    opened, effects = expect_effects(request.actor, session_id, clock.now())
    return render(request, "session/expected.html", {"effects": effects} | _more(opened, effects))


def _more(opened: Opened, effects: Effects | None) -> dict[str, Any]:
    if effects is None or not effects.bands:
        return {}
    seen = opened.view
    shown = chair.expected_at(seen, effects, effects.dissociation, 0.0)
    return {
        "people": PEOPLE_SHOWN,
        "seed": SEED,
        "baseline": (seen.baseline or {}).get("systolic"),
        "dissociation": chair.dissociation(opened, effects, get_current_timezone()),
        "words": words("CADSS", "points", shown) if shown else "",
        "short": any(one.scale != chair.FULL and one.scale.startswith(chair.FULL) for one in seen.ratings),
    }


urlpatterns = [
    path("sessions/<uuid:session_id>/expected/", expected, name="session-expected"),
    path("sessions/<uuid:session_id>/expected/more/", more, name="session-expected-more"),
]
