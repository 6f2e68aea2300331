"""What was said of suicide in a session, and why a later "fine" of the same hands does not undo it.

A failed question, or suicidal ideation that was recorded, waits for a prescriber: the clearance where it came before
the dose, a decision with a reason at discharge where it came after.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from remit.pathway.chart import Chart
from remit.pathway.entries import AdverseEvent, Check, Entry, Resolved, Result
from remit.pathway.safety import SessionRules


def is_sign(entry: Entry, rules: SessionRules) -> bool:
    """True for a question on suicide answered with `failed`, and for suicidal ideation as an event."""
    match entry:
        case Check(id=id, result=Result.FAILED):
            return id in rules.risk_checks
        case AdverseEvent(id=id):
            return id in rules.risk_events
    return False


def waiting(chart: Chart) -> list[str]:
    """What was said of suicide and no prescriber has answered since, and who may let the person go."""
    return [f"{words}; a prescriber who has seen the person since may release with a reason" for words in said(chart)]


def said(chart: Chart, but_for: Collection[str] = ()) -> list[str]:
    """What was said of suicide and no prescriber has answered since, in words; `but_for` leaves out some checks."""
    rules = chart.plan.rules
    checks = [
        (at, n, held) for id in rules.risk_checks for at, n, held in chart.checks.get(id, ()) if id not in but_for
    ]
    events = [(at, n, held) for id in rules.risk_events for at, n, held in chart.events.get(id, ())]
    found = [held for at, n, held in (*checks, *events) if is_sign(held, rules) and not _cleared(chart, at, n)]
    return list(dict.fromkeys(map(_words, found)))


def open_tasks(chart: Chart) -> list[str]:
    """The person's risky answers that nobody has dealt with yet, in words."""
    return [f"a risky answer is not dealt with: {words}" for words in chart.plan.open_risks]


def _cleared(chart: Chart, at: datetime, n: int) -> bool:
    """True where it was said before the dose, and a prescriber cleared the person after it stood in the record."""
    first = chart.first_dose
    if first is not None and (at, n) >= first.key:
        return False
    return any(cleared >= at and place > n for cleared, place, _ in chart.clearings)


def _words(entry: Check | AdverseEvent | Resolved) -> str:
    thing = entry.id.replace("_", " ")
    return f"{thing} was answered failed" if isinstance(entry, Check) else f"{thing} was recorded"
