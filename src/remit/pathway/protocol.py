"""A treatment protocol as a value: what is given, how, when, and when a person may leave.

The same value is run at the chair, on virtual patients and against the published trials. It is built
from a knowledge file; what the file does not know is `None`, and the rules say so instead of guessing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remit.pathway.sourced import Sourced
from remit.quantities import MgPerKg, Milligrams, Minutes, Molecule, Route


class Phase(StrEnum):
    """Where in a course a session lies."""

    INDUCTION = "induction"
    OPTIMISATION = "optimisation"
    MAINTENANCE = "maintenance"
    TAPER = "taper"


@dataclass(frozen=True, slots=True)
class PerKilogram:
    """A dose by body weight. `start` is null where no source gives one; `studied` bounds what may be ordered."""

    start: Sourced[MgPerKg] | None
    studied: Sourced[tuple[MgPerKg, MgPerKg]] | None
    steps: Sourced[tuple[MgPerKg, ...]] | None = None
    """Response-guided steps (KADS); counted from 1 on the command line."""
    ceiling: Sourced[Milligrams] | None = None
    obesity_bmi: Sourced[float] | None = None
    practice: Sourced[tuple[MgPerKg, MgPerKg]] | None = None
    """What surveyed clinics give; shown, and no permission."""
    escalation: Sourced[str] | None = None


@dataclass(frozen=True, slots=True)
class FixedDose:
    """A dose in milligrams. Ages are in whole years; `*_65_plus` is null where the label sets no separate dose."""

    first: Sourced[Milligrams]
    allowed: Sourced[tuple[Milligrams, ...]]
    first_older: Sourced[Milligrams] | None = None
    allowed_older: Sourced[tuple[Milligrams, ...]] | None = None
    first_is_only: bool = True
    """The first session is given the first dose and no other."""
    first_sessions: int = 1
    """How many sessions are given the first dose."""
    older_from: Sourced[int] | None = None
    """From which age `*_older` apply; without `first_older` no dose is sourced from that age."""
    escalation: Sourced[str] | None = None

    def steps(self, older: bool) -> tuple[Milligrams, ...]:
        """The doses in the order in which they are counted: the first dose, then the other allowed ones."""
        first = self.first_older if older and self.first_older else self.first
        allowed = self.allowed_older if older and self.allowed_older else self.allowed
        return (first.value, *(dose for dose in allowed.value if dose != first.value))


@dataclass(frozen=True, slots=True)
class Unsourced:
    """No dose can be computed; `text` says what is known and what is missing."""

    text: str


Dose = PerKilogram | FixedDose | Unsourced


@dataclass(frozen=True, slots=True)
class Device:
    """A single-use spray device."""

    mg: Sourced[Milligrams]
    rest: Sourced[Minutes]


@dataclass(frozen=True, slots=True)
class Option:
    """One way to schedule the series. `per_week` sets the days; `sessions` is null where none is sourced."""

    id: str
    per_week: float
    weeks: int
    sessions: int
    source: Sourced[str]
    maximum: bool = False
    """Planned to its maximum, stopped earlier on remission."""
    days: tuple[int, ...] = ()
    """The days of the week, counted from 0 at the first session."""
    indication: str | None = None
    """The one indication that it is for; null: every other one of the protocol."""
    stages_follow: bool = True
    """The protocol's later phases follow it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What follows induction: a phase, from which week, how often, for how many weeks (null: open-ended)."""

    phase: Phase
    from_week: int | None
    """Counted from 1; null: the week after induction."""
    interval_days: tuple[int, ...]
    weeks: int | None
    source: Sourced[str]
    days: tuple[int, ...] = ()
    """The days of the week where it is given more than once a week; then `interval_days` is empty."""
    move_days: Sourced[float] | None = None
    """By how many days a session may move; null: no source, so its planned day stands."""


@dataclass(frozen=True, slots=True)
class Review:
    """A decision that is due after a session."""

    after_session: int
    text: Sourced[str]


@dataclass(frozen=True, slots=True)
class Release:
    """The earliest time at which a person may leave; a null minimum does not block.

    `from_last` counts from the last device or the start of a single dose, `from_start` and `from_end` from
    the start and the end of an infusion. The latest of those given rules. `binding` names the criteria of
    `blocks_discharge` that nobody may override.
    """

    from_last: Sourced[Minutes] | None = None
    from_start: Sourced[Minutes] | None = None
    from_end: Sourced[Minutes] | None = None
    binding: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class VitalsSchedule:
    """When a vital set is due, in minutes from `clock` (`start` of dosing or `last` device); 0 is before dosing."""

    minutes: Sourced[tuple[int, ...]]
    clock: str = "start"
    every_during: Sourced[Minutes] | None = None
    every_after: Sourced[Minutes] | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """How far a session may move from its planned day."""

    min_gap_hours: Sourced[float]
    max_gap_days: Sourced[float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The protocol's own response: a total of at most `most` and a fall of at least `fall_percent`."""

    scale: str
    most: Sourced[float]
    fall_percent: Sourced[float]


@dataclass(frozen=True, slots=True)
class Statement:
    """A sourced statement of the protocol, kept for the page (hold and stop rules, missed sessions, evidence)."""

    topic: str
    text: Sourced[str]


@dataclass(frozen=True, slots=True)
class Protocol:
    """One versioned protocol. `path`s inside its values are ids in the knowledge."""

    id: str
    version: str
    name: str
    molecule: Molecule
    routes: tuple[Route, ...]
    indications: tuple[str, ...]
    regulatory: Sourced[str]
    dose: Dose
    product: str | None = None
    """`spravato` for the licensed spray, else null."""
    jurisdictions: tuple[str, ...] = ()
    """Where a label protocol applies; empty: anywhere, off label."""
    off_label: bool = True
    investigational: bool = False
    device: Device | None = None
    infusion: Sourced[Minutes] | None = None
    """How long it runs; null for what is no infusion, and where no source says how long."""
    duration: Sourced[Minutes] | None = None
    """How long giving takes; 0 min for an injection."""
    indication_doses: tuple[tuple[str, Dose], ...] = ()
    """Where one indication is dosed otherwise than `dose`."""
    options: tuple[Option, ...] = ()
    stages: tuple[Stage, ...] = ()
    reviews: tuple[Review, ...] = ()
    window: Window | None = None
    vitals: tuple[VitalsSchedule, ...] = ()
    """The first is the one that is run; the others are alternatives."""
    mental_state: Sourced[tuple[str, ...]] | None = None
    """Scales at the chair."""
    mental_state_minutes: tuple[int, ...] = ()
    observe: Sourced[tuple[str, ...]] | None = None
    """What is watched until it has resolved."""
    session_scales: Sourced[tuple[str, ...]] | None = None
    weekly_scales: Sourced[tuple[str, ...]] | None = None
    release: Release = Release()
    fasting_check: str = "fasting_offlabel"
    form: str | None = None
    """The regulatory form drafted from the record (`spravato_rems`), else null."""
    primary_scale: str = "MADRS"
    response: Outcome | None = None
    """The protocol's own response; null: the scale's."""
    statements: tuple[Statement, ...] = ()
    missing: tuple[str, ...] = ()
    """What no source gives, in words: shown on the page and refused by the rule that would need it."""

    @property
    def route(self) -> Route:
        """The route planned when none is chosen."""
        return self.routes[0]

    def dose_for(self, indication: str | None) -> Dose:
        """How this indication is dosed."""
        return dict(self.indication_doses).get(indication or "", self.dose)

    def options_for(self, indication: str | None) -> tuple[Option, ...]:
        """The schedules for this indication, the one planned without a choice first."""
        own = tuple(option for option in self.options if option.indication and option.indication == indication)
        return own + tuple(option for option in self.options if option not in own)
