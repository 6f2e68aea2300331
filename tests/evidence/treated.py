"""Courses of a constructed clinic: people of whom everything is known, so that the true rates are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from remit.evidence.own_results import Standing, TreatedCourse, Window, standing
from remit.knowledge.scales import outcome_rules, scale
from remit.pathway.outcome import Scored, definitions

PHQ9 = scale("PHQ9")
DEFINED = definitions(PHQ9, outcome_rules())
WINDOW = Window(21, 35)
"""The follow-up of these tests."""
FIRST = datetime(2026, 1, 12, 10, tzinfo=UTC)
ASOF = datetime(2026, 12, 1, tzinfo=UTC)
IV, SPRAY = ("ketamine", "intravenous"), ("esketamine", "intranasal")

RESPONDED = {-7: 20, 7: 14, 14: 10, 28: 9}
REMITTED = {-7: 20, 7: 9, 14: 4, 28: 3}
STAYED = {-7: 20, 7: 19, 14: 18, 28: 17}
WORSENED = {-7: 16, 14: 20, 28: 24}
UNSEEN = {-7: 20, 7: 12}
"""No completed score at the follow-up."""
NO_START = {7: 12, 28: 9}


def course(
    person: str,
    scores: Mapping[int, int | None],
    given: tuple[str, str] = IV,
    indication: str = "mdd_trd",
    first: datetime = FIRST,
) -> TreatedCourse:
    """Somebody's course: scores of the PHQ-9 by the day after the first dose."""
    held = tuple(Scored(first + timedelta(days=day), value) for day, value in scores.items())
    return TreatedCourse(f"{person} {first:%Y%m%d}", person, *given, indication, PHQ9, DEFINED, first, held)


def stands(*courses: TreatedCourse, asof: datetime = ASOF) -> list[Standing]:
    return [standing(one, WINDOW, asof) for one in courses]


def many(count: int, name: str, scores: Mapping[int, int | None], *args, **more) -> list[TreatedCourse]:
    """So many people who fared alike."""
    return [course(f"{name}{n}", scores, *args, **more) for n in range(count)]
