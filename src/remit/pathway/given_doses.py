"""What of a session's dose went in, when and how fast: sprays and injections at once, an infusion in its stretches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from remit.pathway.chart import Chart
from remit.pathway.entries import DoseEnd, DosePause, DoseStop
from remit.pathway.infusion import Infusion


@dataclass(frozen=True, slots=True)
class Stretch:
    """Milligrams that went in evenly from a time on; at once where it lasts no time."""

    start: datetime
    mg: float
    lasting: timedelta = timedelta()


def stretches(chart: Chart) -> tuple[Stretch, ...] | None:
    """Every dose of the session; an infusion that runs is taken to go on as planned, a paused one to stay paused.

    Null where nothing says how fast an infusion runs.
    """
    if not chart.plan.infused:
        return tuple(Stretch(dose.at, dose.entry.mg) for dose in chart.doses)
    found: list[Stretch] = []
    for infusion in chart.infusions:
        held = _infused(infusion)
        if held is None:
            return None
        found += held
    return tuple(found)


def _infused(infusion: Infusion) -> list[Stretch] | None:
    over = infusion.ended
    planned = infusion.end(infusion.started if not infusion.marks else infusion.marks[-1][0])
    last = over[0] if over else planned
    if last is None:
        return None
    runs = [(start, min(end or last, last)) for start, end in _runs(infusion) if start < last]
    ran = sum((end - start for start, end in runs), timedelta())
    whole = _whole(infusion, ran)
    if whole is None or not ran:
        return None if whole is None else []
    return [Stretch(start, whole * ((end - start) / ran), end - start) for start, end in runs]


def _whole(infusion: Infusion, ran: timedelta) -> float | None:
    """The milligrams of all stretches together."""
    over = infusion.ended[2] if infusion.ended else None
    if isinstance(over, DoseEnd):
        return infusion.entry.mg
    if isinstance(over, DoseStop) and over.given_mg is not None:
        return over.given_mg
    if not infusion.duration:
        return None
    return infusion.entry.mg * min(ran / infusion.duration, 1.0)


def _runs(infusion: Infusion) -> Iterator[tuple[datetime, datetime | None]]:
    """When it ran, from and to; without an end where nothing stopped it."""
    since: datetime | None = infusion.started
    for at, _, entry in infusion.marks:
        if isinstance(entry, DosePause | DoseEnd | DoseStop):
            if since is not None:
                yield since, at
            since = None
            if not isinstance(entry, DosePause):
                return
        else:
            since = since or at
    if since is not None:
        yield since, None
