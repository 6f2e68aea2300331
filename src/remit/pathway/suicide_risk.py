"""What was said of suicide in a session, and what answers it.

A failed question waits until it is asked again and confirmed, suicidal ideation that was recorded for a prescriber: the
clearance where it came before the dose, a decision with a reason at discharge where it came after. A clinic's open task
on a risky answer, which a failed question opens too, waits for a person besides.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from remit.pathway.chart import Chart
from remit.pathway.entries import AdverseEvent, Check, Entry, Resolved, Result
from remit.pathway.safety import SessionRules

Asked = tuple[datetime, int, Check]
"""When a question was asked, the place of the entry, and its answer."""


def is_sign(entry: Entry, rules: SessionRules) -> bool:
    """True for a question on suicide answered with `failed`, and for suicidal ideation as an event."""
    match entry:
        case Check(id=id, result=Result.FAILED):
            return id in rules.risk_checks
        case AdverseEvent(id=id):
            return id in rules.risk_events
    return False


def waiting(chart: Chart) -> list[str]:
    """What was said of suicide and nothing has answered since, what would answer it, and who may let the person go."""
    return list(dict.fromkeys(f"{_words(held)}; {_way_on(held)}" for held in _unsettled(chart)))


def _way_on(entry: Check | AdverseEvent | Resolved) -> str:
    release = "a prescriber who has seen the person since may release with a reason"
    return f"asking it again and confirming it answers it, or {release}" if isinstance(entry, Check) else release


def said(chart: Chart, but_for: Collection[str] = ()) -> list[str]:
    """What was said of suicide and nothing has answered since, in words; `but_for` leaves out some checks."""
    return list(dict.fromkeys(map(_words, _unsettled(chart, but_for))))


def _unsettled(chart: Chart, but_for: Collection[str] = ()) -> list[Check | AdverseEvent | Resolved]:
    rules = chart.plan.rules
    checks = [one for id in rules.risk_checks if id not in but_for for one in _unanswered(chart.checks.get(id, ()))]
    events = [(at, n, held) for id in rules.risk_events for at, n, held in chart.events.get(id, ())]
    return [held for at, n, held in (*checks, *events) if is_sign(held, rules) and not _cleared(chart, at, n)]


def _unanswered(asked: Sequence[Asked]) -> list[Asked]:
    """The answers that no later "confirmed" to the same question followed, entered after them, too."""
    fine = [(at, n) for at, n, held in asked if held.result is Result.CONFIRMED]
    return [(at, n, held) for at, n, held in asked if not any(later >= at and place > n for later, place in fine)]


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
