"""How people are treated: prescribed, ordered, booked, held session by session, reviewed, and ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from heapq import merge
from uuid import uuid4

from remit.acts import booking, prescribing, reviewing
from remit.acts.clock import now
from remit.acts.course_record import prescribed, rows_of
from remit.acts.landing import Wanted
from remit.acts.prescribing import Chosen, Dosing, Standing
from remit.acts.reviewing import Further
from remit.acts.session_many import PlansRead, plans_read
from remit.demo import scores
from remit.demo.arrivals import accepted, history_taken, registered, screened, weigh
from remit.demo.clinic import TIMES, Stage
from remit.demo.histories import RESISTANT, History
from remit.demo.people import Person, Told
from remit.demo.scripts import Change
from remit.demo.staff import let_in
from remit.demo.telling import Story
from remit.demo.visits import visit
from remit.records.models import Course, Patient, Session

IV, SPRAVATO, SC = "iv_racemic_ketamine", "in_esketamine_us_trd", "sc_racemic_ketamine_kads"
TWICE, THRICE = "twice_weekly_3wk", "thrice_weekly_2wk"
_REVIEWED = {IV: (3, 6), SPRAVATO: (8,)}
"""After which sessions a prescriber decides."""
_GAP = timedelta(minutes=30)
_PRESCRIBED = 6
"""So many days before the first session."""
REASONS = {
    "continue": "PHQ-9 is falling, sessions are well borne.",
    "dose_step": "Some change, not enough; pressure and dissociation leave room.",
    "stop": "No change on PHQ-9 and MADRS after the agreed series.",
}


@dataclass(frozen=True, slots=True)
class Today:
    """Where a session of today is: chair, time, nurse; and how long ago the person came."""

    chair: int
    at: str | float
    """A time of day, or minutes before now."""
    nurse: str = "nurse"
    arrived_ago: float | None = None

    def arrival(self, stage: Stage) -> datetime | None:
        """When the person came, where that is told apart from the time booked."""
        return None if self.arrived_ago is None else stage.days.minutes_ago(self.arrived_ago)

    def time(self, stage: Stage) -> datetime:
        """When it is booked: on five minutes."""
        if isinstance(self.at, str):
            return stage.days.at(0, self.at)
        at = stage.days.minutes_ago(self.at)
        return at.replace(minute=at.minute - at.minute % 5, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Plan:
    """One course as it is to go: what, from which day, at what dose, and how the person fares."""

    protocol: str
    start: int
    scores: scores.Course
    option: str = ""
    first: str = ""
    """The first dose; empty for the protocol's own."""
    then: tuple[int, str] | None = None
    """From which session on another dose, and which."""
    decisions: Mapping[int, str] = field(default_factory=dict)
    """By session: what its review decides; `continue` where nothing is said."""
    odd: Mapping[int, tuple[Change, ...]] = field(default_factory=dict)
    """By session: what was unusual about it."""
    today: Today | None = None
    ends: str = ""
    """Why the course is completed after its last session; empty while it goes on."""
    stops_after: int = 0
    """After which session a course is stopped early, for `ends`."""
    maintained: tuple[int, int] | None = None
    """Maintenance at an interval of so many days, for so many weeks."""
    history: History | None = None
    decided: Mapping[str, str] = field(default_factory=dict)
    """What the lead decides at the screening, by the id of the finding."""
    unsigned: frozenset[int] = frozenset()
    booked: bool = True
    own_page: bool = False
    moved: tuple[int, str] | None = None
    """Which session is moved to today, and why."""
    answers_today: tuple[float, tuple[int | None, ...]] | None = None
    """How many minutes ago a PHQ-9 came by link, and its answers."""


def treated(plan: Plan) -> Told:
    """Somebody on a course, as far as it has come."""

    def told(stage: Stage, person: Person) -> Story:
        patient = yield from registered(stage, person, plan.start - 26)
        if plan.own_page:
            let_in(patient)
        yield from accepted(stage, person, patient, plan.start - 25)
        history = plan.history or History(RESISTANT[person.place % len(RESISTANT)])
        yield from history_taken(stage, person, patient, plan.start - 19, history)
        yield from screened(stage, person, patient, plan.start - 12, plan.protocol, plan.decided)
        parts = [
            scores.followed(stage, person, patient, plan.start, plan.scores),
            _course(stage, person, patient, plan),
            _answers_today(stage, patient, plan),
        ]
        yield from merge(*parts)

    return told


def _answers_today(stage: Stage, patient: Patient, plan: Plan) -> Story:
    if plan.answers_today:
        minutes, answers = plan.answers_today
        at = stage.days.minutes_ago(minutes)
        yield at
        scores.by_link(stage, patient, answers)
        yield from scores.attended(stage, patient, at)


def _course(stage: Stage, person: Person, patient: Patient, plan: Plan) -> Story:
    yield stage.days.at(plan.start - _PRESCRIBED, person.minute(13))
    if plan.protocol != SPRAVATO:
        weigh(stage, person, patient, plan.start - _PRESCRIBED, gained=0.4)
    course = _prescribed(stage, patient, plan)
    if not plan.booked:
        return
    _book(stage, person, course, plan)
    going = Going(course)
    for session in going.rows():
        yield from _held(stage, person, session, plan, going)
        if session.n == plan.stops_after:
            reviewing.stop_course(stage.staff.lead, course.pk, plan.ends, key=uuid4())
        if session.n == plan.stops_after or plan.decisions.get(session.n) == "stop":
            return
    yield from _after(stage, person, plan, going)


def _prescribed(stage: Stage, patient: Patient, plan: Plan) -> Course:
    lead = stage.staff.lead
    chosen = Chosen(plan.protocol, plan.option, "outpatient", stage.days.day(plan.start))
    course = prescribing.prescribe_course(lead, patient.pk, chosen)
    _order(stage, course, 1, plan.then[0] - 1 if plan.then and plan.protocol == SPRAVATO else None, plan.first)
    if plan.then and plan.protocol == SPRAVATO:
        _order(stage, course, plan.then[0], None, plan.then[1])
    for purpose, drug, dose, route, when in (
        ("nausea", "ondansetron", "4 mg", "oral", "nausea that does not pass in 10 min, once"),
        (
            "pressure",
            "labetalol",
            "10 mg",
            "intravenous",
            "above 180/110 twice, 5 min apart; call the prescriber first",
        ),
    ):
        prescribing.write_standing_order(lead, course.pk, Standing(purpose, drug, dose, route, when))
    return course


def _order(stage: Stage, course: Course, first: int, last: int | None, dose: str) -> None:
    words = "Within the protocol; weight and last session looked at."
    prescribing.order_dose(stage.staff.lead, course.pk, Dosing(first, last, dose), words)


def _book(stage: Stage, person: Person, course: Course, plan: Plan) -> None:
    """The whole series on its planned days; the session of today where it is needed."""
    wanted = {one.n: Wanted(stage.slot(one.date, person.place % len(TIMES))) for one in prescribed(course).sessions}
    if plan.today and not plan.moved:
        (n,) = [n for n, one in wanted.items() if one.at.date() == stage.days.today]
        wanted[n] = _here(stage, plan.today)
    booking.book_series(stage.staff.coordinator, course.pk, wanted)


def _here(stage: Stage, today: Today) -> Wanted:
    return stage.in_chair(today.chair, today.time(stage), today.nurse)


@dataclass(slots=True)
class Going:
    """A course under way, and what the plans of its sessions rest on until the weight or the order changes."""

    course: Course
    read: PlansRead | None = None

    def rows(self) -> list[Session]:
        """Its sessions, each with its person and its course at hand."""
        held = rows_of(self.course)
        for row in held:
            row.course, row.patient, row.clinic = self.course, self.course.patient, self.course.clinic
        return held

    def plans(self, row: Session) -> PlansRead:
        """What the plan of a session rests on now."""
        if self.read is None:
            self.read = plans_read([row])
        return self.read

    def changed(self) -> None:
        """Read again before the next session."""
        self.read = None


def _held(stage: Stage, person: Person, session: Session, plan: Plan, going: Going) -> Story:
    """One session, and the review that follows it."""
    n, day = session.n, session.planned_at.astimezone(stage.days.zone).date()
    if plan.moved and plan.today and n == plan.moved[0]:
        yield session.planned_at - timedelta(hours=1)
        booking.move_session(stage.staff.coordinator, session.pk, _here(stage, plan.today), plan.moved[1])
        session.planned_at, day = plan.today.time(stage), stage.days.today
    if plan.protocol != SPRAVATO and n % 5 == 0:
        yield session.planned_at - timedelta(minutes=20)
        weigh(stage, person, session.patient, (day - stage.days.today).days)
        going.changed()
    arrives = plan.today.arrival(stage) if plan.today and day == stage.days.today else None
    changes, signs = plan.odd.get(n, ()), n not in plan.unsigned
    yield from visit(stage, person, session, going.plans(session), changes, arrives=arrives, signs=signs)
    if n in _REVIEWED.get(plan.protocol, ()) and n != plan.stops_after:
        yield now() + _GAP
        _reviewed(stage, session, plan)
        going.changed()


def _reviewed(stage: Stage, session: Session, plan: Plan) -> None:
    decision = plan.decisions.get(session.n, "continue")
    reviewing.decide_review(stage.staff.lead, session.course_id, session.n, decision, REASONS[decision], key=uuid4())
    if decision == "dose_step" and plan.then:
        _order(stage, session.course, session.n + 1, None, plan.then[1])


def _after(stage: Stage, person: Person, plan: Plan, going: Going) -> Story:
    """After the last session: maintenance, or the end of the course."""
    yield now() + _GAP
    if plan.maintained:
        interval, weeks = plan.maintained
        further = Further(interval, weeks, time.fromisoformat(TIMES[person.place % len(TIMES)]))
        why = "Holds the response; the least frequent interval that keeps it."
        reviewing.extend_course(stage.staff.lead, going.course.pk, further, why, key=uuid4())
        added = [row for row in going.rows() if row.last_seq < 0]
        stage.take(added)
        for session in added:
            yield from _held(stage, person, session, plan, going)
    elif plan.ends:
        reviewing.stop_course(stage.staff.lead, going.course.pk, plan.ends, key=uuid4(), completed=True)
