"""What the model expects of a session's dose: asked for by the page itself once it is there, never within it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.timezone import get_current_timezone
from django.views.decorators.http import require_safe

from remit.acts import clock
from remit.acts.expected_effects import (
    DISSOCIATION,
    PEOPLE_SHOWN,
    SEED,
    SYSTOLIC,
    Effects,
    expect_effects,
    expect_order,
)
from remit.acts.session import Opened
from remit.web import curve
from remit.web.charts.expected import effect_chart, words
from remit.web.guard import opens
from remit.web.request import Request

HALF_HOUR = 60 / 2
"""Minutes between two lines of a table."""


@require_safe
@opens("expect_effects")
def expected(request: Request, session_id: UUID) -> HttpResponse:
    """The session's curve with the band behind it, computed where nobody asked before."""
    opened, effects = expect_effects(request.actor, session_id, clock.now())
    drawn = curve.curve(opened, get_current_timezone(), effects)
    return render(request, "session/curve.html", {"curve": drawn, "effects": effects, "row": opened.loaded.row})


@require_safe
@opens("expect_effects")
def more(request: Request, session_id: UUID) -> HttpResponse:
    """What the band rests on, and dissociation."""
    opened, effects = expect_effects(request.actor, session_id, clock.now())
    return render(request, "session/expected.html", {"effects": effects} | _more(opened, effects))


@require_safe
@opens("expect_order")
def order(request: Request, order_id: UUID) -> HttpResponse:
    """What the model expects of an ordered dose."""
    effects = expect_order(request.actor, order_id)
    return render(request, "plan/expected.html", {"effects": effects, "order_id": order_id} | _of_order(effects))


DRAWN = (("Systolic pressure, change", "mmHg", SYSTOLIC), ("CADSS", "points", DISSOCIATION))
_DOSE = datetime.fromtimestamp(0, UTC)
"""Stands for the time of a dose that was not given yet; only the minutes since are shown."""


def _of_order(effects: Effects) -> dict[str, Any]:
    bands = effects.bands or {}
    drawn = []
    for title, unit, name in DRAWN:
        if name in bands:
            shown = curve.on_a_clock(_DOSE, effects, bands[name], 0.0)
            picture = effect_chart(title, unit, shown, (), None, f"expected-{name.replace('_', '-')}")
            drawn.append((title, bands[name], picture, words(title, unit, shown)))
    return {"drawn": drawn, "people": PEOPLE_SHOWN, "seed": SEED, "rows": table(effects)}


def table(effects: Effects) -> list[tuple[float, list[tuple[float, float, float]]]]:
    """The same as numbers: every half-hour the middle and the ends of each band, as the charts stand."""
    bands = [(effects.bands or {})[name] for _, _, name in DRAWN if name in (effects.bands or {})]
    return [
        (minute, [(band.median[at], band.low[at], band.high[at]) for band in bands])
        for at, minute in enumerate(effects.minutes)
        if not minute % HALF_HOUR
    ]


def _more(opened: Opened, effects: Effects | None) -> dict[str, Any]:
    if effects is None or not effects.bands:
        return {}
    seen = opened.view
    shown = curve.expected_at(seen, effects, effects.dissociation, 0.0)
    return {
        "people": PEOPLE_SHOWN,
        "seed": SEED,
        "baseline": (seen.baseline or {}).get("systolic"),
        "dissociation": curve.dissociation(opened, effects, get_current_timezone()),
        "words": words("CADSS", "points", shown) if shown else "",
        "rows": table(effects),
        "short": any(one.scale != curve.FULL and one.scale.startswith(curve.FULL) for one in seen.ratings),
    }


urlpatterns = [
    path("orders/<uuid:order_id>/expected/", order, name="order-expected"),
    path("sessions/<uuid:session_id>/expected/", expected, name="session-expected"),
    path("sessions/<uuid:session_id>/expected/more/", more, name="session-expected-more"),
]
