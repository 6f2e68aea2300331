"""The few marks of which the charts are made. Colours and widths come from the style sheet, by class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight map from values to places on the picture."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = (self.high - self.low) or 1.0
        return round(self.start + (value - self.low) / span * (self.end - self.start), 1)

    def ticks(self, steps: Sequence[float], at_most: int) -> list[float]:
        """Round values inside the scale, at the finest of `steps` that gives no more than `at_most`."""
        for step in steps:
            first = -(-self.low // step) * step
            found = [first + step * n for n in range(int((self.high - first) // step) + 1)]
            if len(found) <= at_most:
                return found
        return []


def padded(values: Iterable[float], step: float) -> tuple[float, float]:
    """The span of the values, widened to whole steps so that no mark touches the frame."""
    held = list(values)
    low, high = min(held, default=0.0), max(held, default=step)
    low, high = (low // step) * step, -(-high // step) * step
    return low, high if high > low else low + step


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> SafeString:
    return format_html('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>', x1, y1, x2, y2, kind)


def rect(x: float, y: float, width: float, height: float, kind: str, title: str = "") -> SafeString:
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" class="{}"><title>{}</title></rect>',
        round(x, 1), round(y, 1), round(max(width, 0), 1), round(max(height, 0), 1), kind, title,
    )  # fmt: skip


def dot(x: float, y: float, kind: str, title: str, radius: float = 3.5) -> SafeString:
    return format_html(
        '<circle cx="{}" cy="{}" r="{}" class="{}"><title>{}</title></circle>', x, y, radius, kind, title
    )


def label(x: float, y: float, text: str, kind: str = "chart-label", anchor: str = "middle") -> SafeString:
    return format_html('<text x="{}" y="{}" class="{}" text-anchor="{}">{}</text>', x, y, kind, anchor, text)


def path(runs: Iterable[Sequence[tuple[float, float]]], kind: str) -> SafeString:
    """One line per run of points; the space between two runs stays empty, since nothing was measured there."""
    drawn = " ".join("M" + " L".join(f"{x} {y}" for x, y in run) for run in runs if run)
    return format_html('<path d="{}" class="{}"/>', drawn, kind)


def group(parts: Iterable[SafeString], kind: str = "") -> SafeString:
    return format_html('<g class="{}">{}</g>', kind, format_html_join("", "{}", ((part,) for part in parts)))


def picture(
    width: int, height: int, title: str, description: str, parts: Iterable[SafeString], name: str
) -> SafeString:
    """The whole picture, named for a screen reader; `name` keeps the ids of two charts on a page apart."""
    return format_html(
        '<svg class="chart" viewBox="0 0 {0} {1}" role="img" aria-labelledby="{2}-title {2}-desc" '
        'xmlns="http://www.w3.org/2000/svg"><title id="{2}-title">{3}</title><desc id="{2}-desc">{4}</desc>{5}</svg>',
        width, height, name, title, description, format_html_join("", "{}", ((part,) for part in parts)),
    )  # fmt: skip
