"""How people fare: questionnaires over the weeks, by link or on paper, some missed, some left half filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from remit.acts import answering, assessments, links, tasks
from remit.acts.assessments import Given
from remit.acts.clock import now
from remit.demo.clinic import Stage
from remit.demo.people import Person
from remit.demo.telling import Story
from remit.records.models import Patient, Task

PHQ9, MADRS = "PHQ9", "MADRS"
_BASELINE = -9
"""The day of the first scores, from the first session."""
_ITEMS, _HIGHEST = 9, 3
_TAKEN_ON, _ANSWERED = timedelta(minutes=6), timedelta(minutes=40)
"""How soon the person on call takes a risky answer on, and has answered it."""


@dataclass(frozen=True, slots=True)
class Course:
    """The PHQ-9 of one person by week, the first before treatment; the last goes on with small changes.

    Half of those treated respond and a third remit, as in the trials; the others do not.
    """

    weeks: tuple[int, ...]
    missed: frozenset[int] = frozenset()
    half_filled: frozenset[int] = frozenset()
    corrected: frozenset[int] = frozenset()
    risky: Mapping[int, int] = field(default_factory=dict)
    """By week: what item 9 was answered."""

    def but(self, **changes: object) -> Course:
        """The same course with something unusual."""
        held = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return Course(**(held | changes))


REMITS = Course((18, 11, 6, 4, 3, 4, 3))
RESPONDS = Course((20, 15, 10, 8, 8, 7, 8))
RESPONDS_LATE = Course((21, 19, 16, 12, 9, 8))
IMPROVES = Course((19, 17, 14, 13, 12, 13))
STAYS = Course((20, 19, 20, 18, 19))
WORSENS = Course((16, 17, 19, 20))
RELAPSES = Course((21, 13, 8, 6, 7, 8, 12, 16, 18, 17))


def followed(stage: Stage, person: Person, patient: Patient, start: int, course: Course, weeks: int = 30) -> Story:
    """The PHQ-9 each week, and the MADRS every third."""
    random = Random(f"scores {person.place}")
    yield stage.days.at(start + _BASELINE, person.minute(11))
    for week in range(weeks):
        day = start + (7 * week - 1 if week else _BASELINE)
        total = _total(course, week, random)
        yield stage.days.at(day, person.minute(15))
        if week % 3 == 0:
            _rated(stage, patient, total, random)
        if week not in course.missed:
            yield from _answered(stage, person, patient, week, total, course, random)


def _total(course: Course, week: int, random: Random) -> int:
    if week < len(course.weeks):
        return course.weeks[week]
    return max(course.weeks[-1] + random.choice((-1, 0, 0, 1)), 0)


def _rated(stage: Stage, patient: Patient, phq: int, random: Random) -> None:
    """A prescriber rates the MADRS, which moves with the PHQ-9."""
    total = min(max(round(1.5 * phq + 3 + random.uniform(-3, 3)), 0), 55)
    given = Given((*[None] * 9, min(total // 10, 3)), total)
    assessments.record_assessment(stage.staff.lead, patient.pk, MADRS, given, now(), uuid4(), "spoken")


def _answered(
    stage: Stage, person: Person, patient: Patient, week: int, total: int, course: Course, random: Random
) -> Story:
    answers: tuple[int | None, ...] = spread(total, course.risky.get(week, 0), random)
    if week in course.half_filled:
        answers = (*answers[:5], *[None] * 4)
    if week and (week + person.place) % 3 == 0 and week not in course.corrected:
        by_link(stage, patient, answers)
    else:
        yield from _on_paper(stage, patient, answers, corrected=week in course.corrected)
    if answers[-1] != 0:
        yield from attended(stage, patient, now())


def _on_paper(stage: Stage, patient: Patient, answers: tuple[int | None, ...], *, corrected: bool) -> Story:
    typed = (((answers[0] or 0) + 1) % (_HIGHEST + 1), *answers[1:]) if corrected else answers
    at = now()
    made = assessments.record_assessment(stage.staff.nurse, patient.pk, PHQ9, Given(typed), at, uuid4(), "paper")
    if corrected:
        yield at + timedelta(minutes=12)
        row, why = made.assessment, "item 1 was read from the wrong column"
        assessments.correct_assessment(stage.staff.nurse, row.pk, Given(answers), at, why, uuid4())


def by_link(stage: Stage, patient: Patient, answers: tuple[int | None, ...]) -> None:
    """The patient answers on a phone."""
    token = links.create_link(stage.staff.coordinator, patient.pk, PHQ9, uuid4()).token
    held = links.holder(token) if token else None
    if held is not None:
        answering.submit_by_link(held.actor, held.link_id, Given(answers))


def attended(stage: Stage, patient: Patient, since: datetime) -> Story:
    """What an answer set off is taken on by the person on call, and answered."""
    opened = list(
        Task.objects.filter(patient=patient, done_at=None, created_at__gte=since, kind__in=("risk", "left_out_item"))
    )
    for task in opened:
        yield since + _TAKEN_ON
        tasks.take_task(stage.staff.nurse, task.pk)
        yield since + _ANSWERED
        words = "Rang back: passive thoughts, no plan, safety plan gone through, sister informed. Seen tomorrow."
        tasks.finish_task(stage.staff.nurse, task.pk, words if task.urgent else "Asked: 0.")


def spread(total: int, item9: int, random: Random) -> tuple[int, ...]:
    """Answers that add up to a total, item 9 as given.

    >>> sum(spread(14, 1, Random(1))), spread(14, 1, Random(1))[8]
    (14, 1)
    """
    items = [0] * (_ITEMS - 1)
    for _ in range(min(total - item9, _HIGHEST * len(items))):
        place = random.choice([n for n, value in enumerate(items) if value < _HIGHEST])
        items[place] += 1
    return (*items, item9)
