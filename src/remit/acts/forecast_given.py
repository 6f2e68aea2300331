"""What one person's forecast is given: scores, doses, sessions to come, weight. Reads for other acts; no act itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from remit.acts.clock import now
from remit.acts.course_record import HELD, UNDER_WAY, prescribed, rows_of
from remit.acts.curve import Point, ScoredCourse, scored_course, scored_of
from remit.acts.facts import patient_facts
from remit.acts.session_record import in_force, protocol_of
from remit.knowledge import scales
from remit.knowledge.pharmacology import pharmacology
from remit.pathway.outcome import baseline
from remit.pathway.protocol import Protocol
from remit.records.models import Course, Order, Patient

MODELLED = "MADRS"
"""The one scale whose course the model holds."""
_MOST_SESSIONS = 60
_MOST_DOSES = 12
"""Different doses of one forecast: with so many sessions at most it stays within seconds."""


@dataclass(frozen=True, slots=True)
class OneSession:
    """A session that was given, or that is planned and taken as given on its day."""

    on: date
    n: int
    mg: float
    given: bool


@dataclass(frozen=True, slots=True)
class Given:
    """All that a forecast is computed from; days are those of the clinic's calendar."""

    start: date
    today: date
    baseline: float
    scores: tuple[tuple[date, float], ...]
    """Completed scores since the first dose, one a day, in order; on the day of a session the one before its dose."""
    sessions: tuple[OneSession, ...]
    route: str
    minutes: float | None
    weight_kg: float | None
    notes: tuple[str, ...]

    @property
    def last(self) -> float:
        """The person's newest score."""
        return self.scores[-1][1] if self.scores else self.baseline

    def day(self, on: date) -> float:
        """A day as the engine counts it: from the first session."""
        return float((on - self.start).days)

    def date(self, day: float) -> date:
        """The day of the calendar on which a day of the engine begins."""
        return self.start + timedelta(days=int(day))

    def as_dict(self) -> dict[str, Any]:
        """The same as it is kept."""
        return {
            "start": self.start.isoformat(),
            "today": self.today.isoformat(),
            "baseline": self.baseline,
            "scores": [[on.isoformat(), total] for on, total in self.scores],
            "sessions": [
                {"on": one.on.isoformat(), "n": one.n, "mg": one.mg, "given": one.given} for one in self.sessions
            ],
            "route": self.route,
            "minutes": self.minutes,
            "weight_kg": self.weight_kg,
        }


@dataclass(frozen=True, slots=True)
class Collected:
    """What the record says for a forecast; without `given` the reasons say what is missing."""

    course: Course | None
    protocol: Protocol | None
    given: Given | None
    reasons: tuple[str, ...] = ()


def newest_course(patient: Patient) -> Course | None:
    """The course that goes on, or else the last one."""
    return (
        patient.courses.filter(status__in=UNDER_WAY).order_by("-started_on", "-prescribed_at").first()
        or patient.courses.order_by("-started_on", "-prescribed_at").first()
    )


def collect(patient: Patient, read: ScoredCourse | None = None) -> Collected:
    """Everything that a forecast of the MADRS is given, or every reason why there can be none.

    `read`: the scores and doses of the newest course, where they were read already.
    """
    course = newest_course(patient)
    if course is None:
        return Collected(None, None, None, ("no course is prescribed yet; a forecast begins after its first session",))
    protocol, scale = protocol_of(course), scales.scale(MODELLED)
    held = read or scored_course(patient, course, scale)
    start = baseline([scored_of(scale, point) for point in held.points], held.first_dose_at) if held.doses else None
    scores, late = _scores(held, course) if held.doses else ([], 0)
    sessions, notes = _sessions(course, held)
    reasons = _missing(held, start is not None, bool(scores), sessions)
    if reasons or start is None or start.value is None or held.first_dose_at is None:
        return Collected(course, protocol, None, tuple(reasons))
    if late:
        weigh = "score from after the dose of the same day does" if late == 1 else "scores from after a day's dose do"
        notes.append(f"{late} {weigh} not weigh: the model has none there")
    today = now().astimezone(course.clinic.zone).date()
    if any(one.on == today and not one.given for one in sessions):
        notes.append("today's session is taken to be given as it is ordered")
    order, person = _order_of(course, sessions[-1].n), patient_facts(patient)
    age, known = person.age_on(today), pharmacology().population.measured["age"]
    if age is not None and not known.least <= age <= known.most:
        of = f"the model is of people from {known.least:g} to {known.most:g} {known.unit}, not of {age}"
        return Collected(course, protocol, None, (of,))
    weight = person.weight
    given = Given(
        start=held.first_dose_at.astimezone(course.clinic.zone).date(),
        today=today,
        baseline=float(start.value),
        scores=tuple(scores),
        sessions=tuple(sessions),
        route=order.route if order else protocol.route.value,
        minutes=order.duration_min if order else None,
        weight_kg=weight.kg.value if weight else None,
        notes=tuple(notes),
    )
    return Collected(course, protocol, given)


def _missing(held: ScoredCourse, has_baseline: bool, has_scores: bool, sessions: list[OneSession]) -> list[str]:
    if not held.doses:
        return ["no dose of this course has been given yet; a forecast begins after the first session"]
    found = []
    if not has_baseline:
        found.append(f"there is no completed {MODELLED} from before the first dose to begin from")
    if not has_scores:
        found.append(f"there is no completed {MODELLED} since the first dose: nothing is known of the person")
    if len(sessions) > _MOST_SESSIONS:
        found.append(f"the course has {len(sessions)} sessions; a forecast is computed for at most {_MOST_SESSIONS}")
    doses = len({one.mg for one in sessions})
    if doses > _MOST_DOSES:
        found.append(f"the course has {doses} different doses; a forecast is computed for at most {_MOST_DOSES}")
    return found


def after_a_dose(point: Point, held: ScoredCourse, course: Course) -> bool:
    """True for a score of a session's day that was taken after its dose."""
    zone = course.clinic.zone
    on = point.at.astimezone(zone).date()
    return any(dose.at < point.at and dose.at.astimezone(zone).date() == on for dose in held.doses)


def _scores(held: ScoredCourse, course: Course) -> tuple[list[tuple[date, float]], int]:
    """The newest completed score of each day since the first dose, and how many came after the day's dose."""
    first = held.first_dose_at
    known = [one for one in held.points if one.total is not None and first is not None and one.at >= first]
    usable = [one for one in known if not after_a_dose(one, held, course)]
    by_day = {one.at.astimezone(course.clinic.zone).date(): float(one.total or 0) for one in usable}
    return sorted(by_day.items()), len(known) - len(usable)


def _sessions(course: Course, held: ScoredCourse) -> tuple[list[OneSession], list[str]]:
    """The sessions given and those to come, one a day, in order."""
    zone = course.clinic.zone
    found: dict[date, OneSession] = {}
    for dose in held.doses:
        on = dose.at.astimezone(zone).date()
        before = found[on].mg if on in found else 0.0
        if dose.mg > 0:
            found[on] = OneSession(on, dose.session, before + dose.mg, given=True)
    if not found:
        return [], []
    orders = list(Order.objects.filter(course_id=course.pk).order_by("at", "id"))
    usual, notes = found[max(found)].mg, []
    for on, n in _coming(course, {dose.session for dose in held.doses}):
        order = in_force(orders, n, None)
        if order is None:
            notes.append("no order covers some sessions to come; they are taken at the dose last given")
        found.setdefault(on, OneSession(on, n, order.dose_mg if order else usual, given=False))
    return [found[on] for on in sorted(found)], list(dict.fromkeys(notes))


def _coming(course: Course, given: set[int]) -> Iterator[tuple[date, int]]:
    """The day and the number of each session that is still to come: booked, or else as it was prescribed."""
    if course.status not in UNDER_WAY:
        return
    zone = course.clinic.zone
    today = now().astimezone(zone).date()
    for row in rows_of(course):
        on = row.planned_at.astimezone(zone).date()
        if row.state_cache not in HELD and row.n not in given and on >= today:
            yield on, row.n
    known = set(course.sessions.values_list("n", flat=True)) | given
    for one in prescribed(course).sessions:
        if one.n not in known and one.date >= today:
            yield one.date, one.n


def _order_of(course: Course, n: int) -> Order | None:
    return in_force(list(Order.objects.filter(course_id=course.pk).order_by("at", "id")), n, None)


def scores_since(given: Given | None, kept: dict[str, Any]) -> int:
    """How many scores of today were not known to a forecast that is kept."""
    known = {(on, total) for on, total in kept["scores"]}
    now_known: Sequence[tuple[date, float]] = given.scores if given else ()
    return sum((on.isoformat(), total) not in known for on, total in now_known)


def has_changed(given: Given | None, kept: dict[str, Any]) -> bool:
    """True where something that a forecast rests on does not stand in today's record as it was."""
    if given is None:
        return True
    held = given.as_dict()
    doses = [(one["on"], one["mg"]) for one in held["sessions"] if one["given"]]
    rested_on = [(one["on"], one["mg"]) for one in kept["sessions"] if one["given"]]
    same_start = (held["start"], held["baseline"]) == (kept["start"], kept["baseline"])
    return not (
        same_start
        and all(score in held["scores"] for score in kept["scores"])
        and all(dose in doses for dose in rested_on)
    )
