"""What the printed papers are made from. Whoever prints fills these; the templates only lay them out.

Texts are as they shall be read; they are never markup. Moments are aware datetimes, shown in the clinic's zone. What is
`None` was not recorded and prints as a dash; a key that may be left out is marked `NotRequired`.

The same data printed by the same version gives the same bytes, so the digest of a signed sheet can be compared.
"""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from typing import Literal, NotRequired, TypedDict


class Clinic(TypedDict):
    """Where the person is treated."""

    name: str
    zone: tzinfo
    address: NotRequired[str | None]


class Person(TypedDict):
    """Who is treated: two identifiers stand on every page."""

    name: str
    birth_date: date | None
    identifier: str
    """The clinic's own number for the person."""
    sex: NotRequired[str | None]


class Print(TypedDict):
    """This print: when and by whom, on which paper, and whether it counts."""

    printed_at: datetime
    printed_by: str
    paper: NotRequired[Literal["a4", "us-letter"]]
    """A4 where it is left out."""
    synthetic: NotRequired[bool]
    """A made-up person: every page says so."""


class Superseded(TypedDict):
    """A signed sheet that a later one replaced."""

    at: datetime
    by: str
    reason: str
    replaced_by: NotRequired[str | None]
    """Which version replaced it, such as `version 2`."""


class Signature(TypedDict):
    """Who signed, as what, and when."""

    name: str
    role: str
    at: datetime
    meaning: NotRequired[str | None]
    """Such as `responsible for the session`."""


class Fact(TypedDict):
    """One labelled value of the head of a paper. `mark` is printed after it, such as `not confirmed`."""

    label: str
    value: str | None
    mark: NotRequired[str | None]


class Moment(TypedDict):
    """One of the key times of a session: arrived, cleared, first and last dose, end, release, discharged or left."""

    label: str
    at: datetime | None


class CheckLine(TypedDict):
    """One check of the gate or of discharge."""

    check: str
    result: Literal["confirmed", "failed", "waived", "blocks"] | None
    by: str | None
    at: datetime | None
    note: NotRequired[str | None]


class Preparation(TypedDict):
    """One vial: what was drawn, given and wasted, and who stood by."""

    at: datetime
    product: str
    """Molecule, strength and form, such as `ketamine 50 mg/mL`."""
    lot: str | None
    expiry: date | None
    drawn: str | None
    given: str | None
    wasted: str | None
    prepared_by: str
    second_person: str | None
    """Who computed the dose a second time."""
    witness: str | None


class Dose(TypedDict):
    """One dose line: a spray device, an infusion, an injection. `end` for what lasts."""

    start: datetime
    end: datetime | None
    text: str
    """Such as `device 1 of 2` or `infusion, 40 min`."""
    amount: str
    lot: str | None
    expiry: date | None
    by: str
    second_person: str | None
    note: NotRequired[str | None]


class Reading(TypedDict):
    """One column of the grid: everything measured or rated at one time.

    `values` by the key of a `Row`; a key left out was not measured. `replaced` holds, by the same keys, the value that
    a correction struck out. `flagged` names the keys whose value breaches a limit. Numbers of the curve stand in
    `systolic`, `diastolic`, `heart_rate` and `spo2`.
    """

    taken_at: datetime
    entered_at: datetime
    by: str
    values: dict[str, str]
    replaced: NotRequired[dict[str, str]]
    flagged: NotRequired[list[str]]
    systolic: NotRequired[float | None]
    diastolic: NotRequired[float | None]
    heart_rate: NotRequired[float | None]
    spo2: NotRequired[float | None]
    struck: NotRequired[list[dict[str, float | None]]]
    """Replaced numbers for the curve, each with the keys of the four above."""
    moved_from: NotRequired[datetime | None]
    """The time that a correction struck out."""


class Row(TypedDict):
    """One row of the grid."""

    key: str
    label: str
    unit: NotRequired[str | None]


class Limit(TypedDict):
    """A limit drawn through the pressure curve, with the words beside it."""

    mmhg: float
    label: str


class Event(TypedDict):
    """One thing that happened: an adverse event, a rescue drug, a pause, a note, an emergency step."""

    at: datetime
    kind: str
    text: str
    by: str
    until: NotRequired[datetime | None]
    """When it was resolved."""
    on_curve: NotRequired[str | None]
    """A short label for the curve; nothing is drawn without it."""


class AlarmLine(TypedDict):
    """One alarm, from its first value to its resolution."""

    text: str
    priority: str
    raised_at: datetime
    owner: str | None
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    asks: NotRequired[str | None]


class Override(TypedDict):
    """A rule that a person went past, why, and who stood by."""

    at: datetime
    what: str
    reason: str
    by: str
    second_person: str | None


class Correction(TypedDict):
    """What was struck out and what stands now. `earlier_release`: it brought release forward."""

    at: datetime
    what: str
    old: str
    new: str
    reason: str
    by: str
    second_person: NotRequired[str | None]
    earlier_release: NotRequired[bool]


class ScaleLine(TypedDict):
    """One rating scale with its recall, and its total over the highest possible one."""

    at: datetime
    scale: str
    recall: str | None
    total: str | None
    band: str | None
    by: str
    note: NotRequired[str | None]


class Left(TypedDict):
    """The person went before discharge was allowed."""

    at: datetime
    reason: str
    advice_given: bool
    escort: str | None
    follow_up: str | None
    by: str


class SheetData(TypedDict):
    """One session sheet. `title` such as `Session sheet`; `facts` such as protocol, order, weight, setting, chair."""

    clinic: Clinic
    patient: Person
    print: Print
    title: str
    subtitle: str
    version: int
    state: str
    facts: list[Fact]
    moments: list[Moment]
    first_dose: datetime | None
    """The second time scale of grid and curve begins here."""
    release: datetime | None
    gate: list[CheckLine]
    preparations: list[Preparation]
    doses: list[Dose]
    rows: list[Row]
    readings: list[Reading]
    limits: list[Limit]
    events: list[Event]
    alarms: list[AlarmLine]
    scales: list[ScaleLine]
    overrides: list[Override]
    corrections: list[Correction]
    discharge: list[CheckLine]
    discharge_facts: list[Fact]
    """Escort, advice given, next visit."""
    left: NotRequired[Left | None]
    signatures: list[Signature]
    superseded: NotRequired[Superseded | None]


class Field(TypedDict):
    """One field of a form. A required one without a value prints as missing."""

    label: str
    value: str | None
    required: NotRequired[bool]
    note: NotRequired[str | None]


class FormSection(TypedDict):
    """A part of a form under its own heading."""

    title: str
    fields: list[Field]


class FormData(TypedDict):
    """The draft of a regulatory form. It is not the form: the paper says so and names what is still missing."""

    clinic: Clinic
    patient: Person
    print: Print
    title: str
    subtitle: str
    submit_by: date | None
    submitted_at: NotRequired[datetime | None]
    flags: list[str]
    """What the site must look at, such as `left against advice`."""
    version_note: NotRequired[str | None]
    sections: list[FormSection]
    signatures: NotRequired[list[Signature]]


class TrialLine(TypedDict):
    """One drug tried in this episode, whether it counts, and every reason. `counts` null: it cannot be said."""

    drug: str
    dose: str | None
    weeks: str | None
    added_to: str | None
    outcome: str
    counts: bool | None
    reasons: list[str]


class Staging(TypedDict):
    """One staging method: its result and the items that make it."""

    method: str
    result: str | None
    items: list[Fact]


class HistoryData(TypedDict):
    """The treatment history, as a payer reads it for prior authorisation."""

    clinic: Clinic
    patient: Person
    print: Print
    title: str
    subtitle: str
    facts: list[Fact]
    """Diagnosis, episode, severity, ECT, indication, requested treatment."""
    trials: list[TrialLine]
    resistant_trials: int
    trials_rule: str
    """What makes a trial count, in one sentence, with its source."""
    staging: list[Staging]
    scales: list[ScaleLine]
    statements: NotRequired[list[str]]
    signatures: list[Signature]
