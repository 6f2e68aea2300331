"""Scores over time and how long an effect lasts, as a page shows them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from remit.web.charts.over_time import Arm, Line, Mark, course, lasting

DAY = 24


@lru_cache(maxsize=64)
def drawn(held: Any) -> dict[str, Any]:
    """Panels after one dose and in a series, and the two pictures of what lasts."""
    views = [_panel(one, at) for at, one in enumerate(held.panels)]
    return {
        "many": len({view["study"] for view in views}),
        "groups": [
            ("After one dose", [view for view in views if view["once"]]),
            ("In a series", [view for view in views if not view["once"]]),
        ],
        "rows": list(rows(held)),
        "relapses": _lasting(held.relapses, "Who relapsed", "of 100", "relapses", shares=True),
        "days": _lasting(held.days, "Days until it ended", "days", "lasting-days", shares=False),
    }


TIME_COLUMNS = ("study", "arm", "treatment", "scale", "hours", "change", "low", "high", "memory")


def rows(held: Any) -> Iterator[dict[str, Any]]:
    """Every value of the panels, as a table: the time from the first dose, and the change since then."""
    for panel in held.panels:
        href = reverse("study", args=[panel.study])
        for curve in panel.curves:
            for point in curve.points:
                low, high = point.interval or (None, None)
                yield {
                    "study": panel.study, "arm": curve.arm, "treatment": curve.label, "scale": panel.scale,
                    "hours": point.hours, "change": point.value, "low": low, "high": high,
                    "memory": "yes" if curve.from_memory else "no", "when": _when(point.hours),
                    "href": href,
                }  # fmt: skip


def picture(held: Any, wanted: str) -> SafeString | None:
    """One of the pictures by its name: a panel's number, `relapses` or `days`; nothing where there is none."""
    found = drawn(held)
    views = {str(view["at"]): view["chart"] for _, group in found["groups"] for view in group}
    return views.get(wanted) or (found[wanted] if wanted in ("relapses", "days") else None)


def _panel(one: Any, at: int) -> dict[str, Any]:
    hours = max(point.hours for curve in one.curves for point in curve.points) < DAY
    unit, per = ("hours", 1) if hours else ("days", DAY)
    arms = [
        Arm(curve.arm, curve.comparator, [Mark(each.hours / per, each.value, each.interval) for each in curve.points])
        for curve in one.curves
    ]
    last = [
        f"{curve.arm} {curve.points[-1].value:.1f} at {_when(curve.points[-1].hours)}".replace("-", "−")
        for curve in one.curves
    ]
    title = f"{one.study}, {one.scale}: {'; '.join(f'{curve.arm} is {curve.label}' for curve in one.curves)}"
    return {
        "at": at,
        "study": one.study,
        "scale": one.scale,
        "once": one.once,
        "title": title,
        "chart": course(arms, title, unit, f"panel-{at}"),
        "said": ", ".join(last),
        "memory": any(curve.from_memory for curve in one.curves),
    }


def _when(hours: float) -> str:
    return f"{hours:g} h" if hours < 2 * DAY else f"day {hours / DAY:g}"


def _lasting(rows: Sequence[Any], title: str, unit: str, name: str, *, shares: bool) -> SafeString | None:
    lines = [Line(_words(row, shares), _said(row, shares), row.comparator, row.value, row.interval) for row in rows]
    return lasting(lines, title, unit, name, shares=shares) if lines else None


def _words(row: Any, shares: bool) -> str:
    what = row.since if shares else f"{row.said.replace('days ', '')}, from {row.since}"
    return f"{row.study} {row.arm}: {what}"


def _said(row: Any, shares: bool) -> str:
    value = f"{100 * row.value:.0f} of 100" if shares else f"{row.value:g} days"
    return f"{value}, from memory" if row.from_memory else value
