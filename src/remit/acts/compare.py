"""Protocols side by side for one person: verdict, visits, hours, cost and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from remit.acts import settings
from remit.acts.actors import Actor
from remit.acts.candidate import Aim, Fit, look_at
from remit.acts.core import act_on
from remit.acts.facts import episode_of
from remit.acts.history import clinic_day
from remit.acts.places import stay_of
from remit.acts.prescribing import cannot_be_prescribed
from remit.acts.prices import price_of
from remit.acts.rights import may_see_plan
from remit.acts.screening import screenings_of, standing_of
from remit.pathway.booking import Stay
from remit.pathway.course import CoursePlan, plan
from remit.pathway.eligibility import BLOCKED, ELIGIBLE
from remit.pathway.protocol import Dose, FixedDose, Option, PerKilogram, Phase, Protocol, Statement, Unsourced
from remit.pathway.sourced import Sourced
from remit.quantities import Minutes
from remit.records.models import Course, Patient, Price

EVIDENCE = (
    "maintenance.evidence_level",
    "dose_rule.evidence_level",
    "induction.response_timing",
    "induction.frequency_evidence",
    "maintenance.relapse_context",
)
"""What a protocol's file says of its evidence, the graded first."""
A_VISIT = ("session", "drug")
ONCE = ("assessment",)
LABEL, OFF_LABEL, ELSEWHERE, STUDY = "label", "off label", "label elsewhere", "study only"


@dataclass(frozen=True, slots=True)
class Charge:
    """One item of the cost: how often it is charged, and its price of today; null where none was entered."""

    item: str
    times: int
    price: Price | None


@dataclass(frozen=True, slots=True)
class Cost:
    """What the clinic charges for the series. Without every price there is no total: missing is not zero."""

    charges: tuple[Charge, ...]
    total: Decimal | None
    currency: str
    missing: tuple[str, ...]
    """The items without a price."""
    mixed: bool = False
    """Priced in several currencies, which are not added up."""


@dataclass(frozen=True, slots=True)
class Series:
    """One way to give the series: its visits, and those of the weeks that are compared."""

    option: Option
    visits: int
    compared: int


@dataclass(frozen=True, slots=True)
class Column:
    """One protocol beside the others."""

    protocol: Protocol
    fit: Fit
    settled: bool
    """Screened, and nothing is left open: it may be prescribed."""
    standing: str
    label: str
    cannot: tuple[str, ...]
    """Why nobody can be prescribed it."""
    series: tuple[Series, ...]
    stay: Stay
    cost: Cost
    dose: Sourced[str] | None
    evidence: tuple[Statement, ...]

    @property
    def fits(self) -> bool:
        """True where it is worth a column: nothing blocks it, and it can be prescribed at all."""
        return self.fit.verdict != BLOCKED and not self.cannot and self.label != ELSEWHERE

    @property
    def first(self) -> Series | None:
        """The series that is planned without a choice."""
        return self.series[0] if self.series else None

    @property
    def chair(self) -> Minutes | None:
        """How long the whole series takes a chair."""
        return Minutes(self.first.visits * self.stay.total.value) if self.first else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every protocol for one person: those that fit, and the others with the reason."""

    patient: Patient
    setting: str
    weeks: int
    fitting: tuple[Column, ...]
    others: tuple[Column, ...]
    screened: bool
    courses: tuple[Course, ...]
    """The courses so far, the newest first."""


@act_on(Patient, "compare_protocols", right=may_see_plan, reads=True)
def compare_protocols(actor: Actor, patient: Patient) -> Comparison:
    """Every protocol held against what is recorded of the person now."""
    return compared(patient)


def compared(patient: Patient) -> Comparison:
    """The protocols side by side. For other acts; no act itself."""
    screenings = screenings_of(patient)
    aim = Aim(setting=screenings[0].record.case["setting"]) if screenings else Aim()
    weeks = int(settings.value(patient.clinic_id, "plan_compares"))
    columns = [_column(patient, fit, weeks) for fit in look_at(patient, aim).fits]
    return Comparison(
        patient=patient,
        setting=aim.setting,
        weeks=weeks,
        fitting=tuple(sorted((one for one in columns if one.fits), key=lambda one: (not one.settled, one.label))),
        others=tuple(one for one in columns if not one.fits),
        screened=bool(screenings),
        courses=tuple(patient.courses.select_related("prescribed_by").order_by("-prescribed_at")),
    )


def _column(patient: Patient, fit: Fit, weeks: int) -> Column:
    protocol, episode = fit.protocol, episode_of(patient)
    indication = episode.indication if episode else None
    standing = standing_of(patient, protocol)
    today = clinic_day(patient)
    series = tuple(_series(protocol, option, indication, today, weeks) for option in protocol.options_for(indication))
    return Column(
        protocol=protocol,
        fit=fit,
        settled=standing.verdict == ELIGIBLE,
        standing=standing.verdict,
        label=label_of(protocol, patient.clinic.jurisdiction, indication),
        cannot=cannot_be_prescribed(protocol, indication),
        series=series,
        stay=stay_of(patient.clinic_id, protocol, indication),
        cost=_cost(patient.clinic_id, protocol.id, _plan(protocol, series, indication, today)),
        dose=dose_words(protocol.dose_for(indication)),
        evidence=tuple(one for topic in EVIDENCE for one in protocol.statements if one.topic == topic),
    )


def label_of(protocol: Protocol, jurisdiction: str, indication: str | None) -> str:
    """Whether the protocol is on its product's label here, for this indication."""
    if protocol.investigational:
        return STUDY
    if protocol.jurisdictions and jurisdiction not in protocol.jurisdictions:
        return ELSEWHERE
    outside = indication is not None and indication not in protocol.indications
    return OFF_LABEL if protocol.off_label or outside else LABEL


def _series(protocol: Protocol, option: Option, indication: str | None, today: date, weeks: int) -> Series:
    course = plan(protocol, today, option.id, min(weeks, _sourced_weeks(protocol, weeks)), indication=indication)
    until = today + timedelta(weeks=weeks)
    visits = sum(one.phase is Phase.INDUCTION for one in course.sessions)
    return Series(option, visits, sum(one.date < until for one in course.sessions))


def _sourced_weeks(protocol: Protocol, most: int) -> int:
    """For how many weeks a source describes maintenance: no visit is counted that none describes."""
    kept = [stage.weeks for stage in protocol.stages if stage.phase is Phase.MAINTENANCE]
    return most if None in kept else sum(weeks or 0 for weeks in kept)


def _plan(protocol: Protocol, series: Sequence[Series], indication: str | None, today: date) -> CoursePlan | None:
    return plan(protocol, today, series[0].option.id, 0, indication=indication) if series else None


def _cost(clinic_id: UUID, protocol_id: str, course: CoursePlan | None) -> Cost:
    """The price of each session on its own day, and of what is charged once."""
    if course is None:
        return Cost((), None, "", ())
    days = [one.date for one in course.sessions if one.phase is Phase.INDUCTION]
    asked = [(item, day) for item in A_VISIT for day in days] + [(item, course.start) for item in ONCE]
    prices = [(item, price_of(clinic_id, protocol_id, item, day)) for item, day in asked]
    found = [price for _, price in prices if price is not None]
    missing = tuple(dict.fromkeys(item for item, price in prices if price is None))
    currencies = {price.currency for price in found}
    whole = not missing and len(currencies) == 1
    return Cost(
        charges=tuple(
            Charge(item, sum(name == item for name, _ in prices), next(price for name, price in prices if name == item))
            for item in (*A_VISIT, *ONCE)
        ),
        total=sum((price.amount for price in found), Decimal()) if whole else None,
        currency=currencies.pop() if len(currencies) == 1 else "",
        missing=missing,
        mixed=len(currencies) > 1,
    )


def dose_words(dose: Dose) -> Sourced[str] | None:
    """The dose in words, with its source; null where no source gives one."""
    if isinstance(dose, Unsourced):
        return None
    if isinstance(dose, FixedDose):
        allowed = " or ".join(f"{one.value:g}" for one in dose.allowed.value)
        return Sourced(f"{dose.first.value} first, then {allowed} mg", dose.first.source, dose.first.path)
    return _per_kilogram(dose)


def _per_kilogram(dose: PerKilogram) -> Sourced[str] | None:
    if dose.steps is not None:
        steps = ", ".join(f"{one.value:g}" for one in dose.steps.value)
        return Sourced(f"steps of {steps} mg/kg", dose.steps.source, dose.steps.path)
    return Sourced(str(dose.start.value), dose.start.source, dose.start.path) if dose.start else None
