"""A candidate as the page shows it: the history as judged, the questions, and the verdict with every reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from uuid import UUID

from remit.acts.actors import Actor
from remit.acts.case_file import vitals_in
from remit.acts.core import act_on
from remit.acts.facts import (
    ALLERGIES,
    ECT_FAILED,
    MEDICATIONS,
    adopted,
    answers_of,
    episode_of,
    medications_of,
    results_of,
    trials_of,
)
from remit.acts.history import clinic_day
from remit.acts.rights import may_see_history
from remit.acts.screening import Screened, Standing, case_today, checked_vitals, screenings_of, standing_of
from remit.knowledge import safety, terminology
from remit.knowledge.eligibility import rules
from remit.knowledge.protocols import protocol as known_protocol
from remit.knowledge.protocols import protocols
from remit.pathway.checks import Check
from remit.pathway.conditions import UNKNOWN, Question
from remit.pathway.eligibility import ELIGIBLE, REVIEW, Indication, Screening, screen
from remit.pathway.history import TrialJudgement
from remit.pathway.protocol import Protocol
from remit.pathway.referral import AntidepressantTrial, Case, Medication, Setting, Vitals
from remit.pathway.sourced import Action, Finding
from remit.records.models import (
    AllergyRecord,
    CheckResult,
    Episode,
    FactAnswer,
    MedicationRecord,
    OverrideRecord,
    Patient,
    TrialRecord,
)

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"


@dataclass(frozen=True, slots=True)
class Aim:
    """On which protocol and in which setting a person is screened, and what was measured today."""

    protocol_id: str = ""
    """Empty: the one screened last, else the one that fits best."""
    setting: str = Setting.OUTPATIENT.value
    vitals: Vitals | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """A trial that is being typed: judged before it is saved, in place of the one that it corrects."""

    trial: AntidepressantTrial
    replaces: UUID | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """One antidepressant of the history, and whether it counts."""

    row: TrialRecord
    judgement: TrialJudgement


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding of the verdict: the question that it leads to, and what was decided about it."""

    finding: Finding
    question: str
    """The id of what would answer it on the page; empty where nothing is asked."""
    name: str = ""
    """What the finding is about, where the knowledge names it."""
    decision: OverrideRecord | None = None

    @property
    def unknown(self) -> bool:
        """True for a required fact that was not recorded."""
        return self.finding.id.startswith(UNKNOWN)


@dataclass(frozen=True, slots=True)
class Fit:
    """One protocol held against the same facts."""

    protocol: Protocol
    verdict: str
    blocks: int
    asks: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with the answer that holds."""

    question: Question
    answer: FactAnswer | None

    @property
    def said(self) -> str:
        """yes, no or not_asked."""
        return self.answer.answer if self.answer else "not_asked"


@dataclass(frozen=True, slots=True)
class Taken:
    """One medication, and what it raises on this protocol."""

    row: MedicationRecord
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """One check before a course: the results that it may have, and the latest."""

    check: Check
    results: tuple[str, ...]
    latest: CheckResult | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """Everything that the page shows of a candidate on one protocol."""

    patient: Patient
    aim: Aim
    protocol: Protocol
    case: Case
    screening: Screening
    reasons: tuple[Reason, ...]
    fits: tuple[Fit, ...]
    tried: tuple[Tried, ...]
    typed: TrialJudgement | None
    episode: Episode | None
    indication: Indication | None
    earlier: int
    """How many drugs were tried in earlier episodes."""
    questions: tuple[Asked, ...]
    answers: Mapping[str, FactAnswer]
    allergies: tuple[AllergyRecord, ...]
    taken: tuple[Taken, ...]
    checks: tuple[Checked, ...]
    screenings: tuple[Screened, ...]
    standing: Standing

    @property
    def ect(self) -> str:
        """Whether a course of electroconvulsive therapy failed: yes, no or not_asked."""
        return self._said(ECT_FAILED)

    @property
    def no_allergies(self) -> str:
        """`no` once allergies were asked and denied."""
        return self._said(ALLERGIES)

    @property
    def no_medications(self) -> str:
        """`no` once medications were asked and denied."""
        return self._said(MEDICATIONS)

    def _said(self, fact: str) -> str:
        held = self.answers.get(fact)
        return held.answer if held else "not_asked"

    @property
    def kept(self) -> Screened | None:
        """The screening that counts on this protocol."""
        return next((one for one in self.screenings if one.newest and one.record.protocol_id == self.protocol.id), None)


@act_on(Patient, "open_candidate", right=may_see_history, reads=True)
def open_candidate(actor: Actor, patient: Patient, aim: Aim) -> Candidate:
    """Open the candidate's page."""
    return look_at(patient, aim, None)


@act_on(Patient, "weigh_candidate", right=may_see_history, reads=True, audited=False)
def weigh_candidate(actor: Actor, patient: Patient, aim: Aim, typed: Typed | None = None) -> Candidate:
    """The open page again, after each change and with what is being typed. Raises `BadInput` for impossible vitals."""
    return look_at(patient, aim, typed)


def look_at(patient: Patient, aim: Aim, typed: Typed | None = None) -> Candidate:
    """The person on a protocol as recorded now. For other acts; no act itself."""
    screenings = tuple(screenings_of(patient))
    vitals = checked_vitals(aim.vitals) if aim.vitals else _measured_today(patient, screenings)
    case = case_today(patient, aim.setting, vitals)
    rows, case, place = _with_typed(trials_of(patient), case, typed)
    confirmed = adopted(patient.clinic_id)
    found = {id: screen(case, protocol, rules(), confirmed) for id, protocol in protocols().items()}
    fits = tuple(sorted((_fit(protocols()[id], one) for id, one in found.items()), key=_best_first))
    chosen = aim.protocol_id or (screenings[0].record.protocol_id if screenings else fits[0].protocol.id)
    protocol = known_protocol(chosen)
    screening = found[protocol.id]
    episode, answers = episode_of(patient), answers_of(patient)
    return Candidate(
        patient=patient,
        aim=replace(aim, protocol_id=protocol.id, vitals=vitals),
        protocol=protocol,
        case=case,
        screening=screening,
        reasons=_reasons(screening, case, protocol, screenings),
        fits=fits,
        tried=tuple(Tried(row, judged) for row, judged in zip(rows, screening.trials, strict=True) if row is not None),
        typed=screening.trials[place] if place is not None else None,
        episode=episode,
        indication=next((row for row in rules().indications if episode and row.id == episode.indication), None),
        earlier=patient.trials.current().count() - len(trials_of(patient)),
        questions=tuple(
            Asked(question, answers.get(question.id)) for question in rules().questions_for(protocol, case.jurisdiction)
        ),
        answers=answers,
        allergies=tuple(patient.allergies.current().order_by("at")),
        taken=_taken(patient, case, protocol, confirmed),
        checks=_checks(patient, case, protocol),
        screenings=screenings,
        standing=standing_of(patient, protocol),
    )


def _measured_today(patient: Patient, screenings: tuple[Screened, ...]) -> Vitals | None:
    """What was measured for the newest screening, if that was today."""
    if not screenings:
        return None
    record = screenings[0].record
    return vitals_in(record.case) if record.case["asof"] == clinic_day(patient).isoformat() else None


def _with_typed(
    rows: list[TrialRecord], case: Case, typed: Typed | None
) -> tuple[list[TrialRecord | None], Case, int | None]:
    """Rows and case with the trial that is being typed, and its place; a new one stands at the end."""
    if typed is None:
        return list(rows), case, None
    place = next((at for at, row in enumerate(rows) if row.pk == typed.replaces), len(rows))
    trials = (*case.trials[:place], typed.trial, *case.trials[place + 1 :])
    shown: list[TrialRecord | None] = [*rows]
    if place == len(rows):
        shown.append(None)
    return shown, replace(case, trials=trials), place


def _fit(protocol: Protocol, screening: Screening) -> Fit:
    found = screening.findings
    return Fit(
        protocol=protocol,
        verdict=screening.verdict,
        blocks=sum(finding.action is Action.BLOCK for finding in found),
        asks=sum(
            finding.action is Action.PRESCRIBER_REVIEW and not finding.id.startswith(UNKNOWN) for finding in found
        ),
        unknown=sum(finding.id.startswith(UNKNOWN) for finding in found),
    )


def _best_first(fit: Fit) -> tuple[int, int, int, str]:
    rank = [ELIGIBLE, REVIEW].index(fit.verdict) if fit.verdict in (ELIGIBLE, REVIEW) else 2
    return rank, fit.asks, fit.unknown, fit.protocol.name


def _reasons(
    screening: Screening, case: Case, protocol: Protocol, screenings: tuple[Screened, ...]
) -> tuple[Reason, ...]:
    kept = next((one for one in screenings if one.newest and one.record.protocol_id == protocol.id), None)
    texts = {(held["id"], held["text"]) for held in kept.record.findings} if kept else set()
    return tuple(
        Reason(
            finding,
            _place_of(finding, case, protocol),
            names().get(finding.path, ""),
            kept.decisions.get(finding.id) if kept and (finding.id, finding.text) in texts else None,
        )
        for finding in screening.findings
    )


def _place_of(finding: Finding, case: Case, protocol: Protocol) -> str:
    """Where on the page a finding is answered."""
    known = rules()
    asked = {question.path: f"q-{question.id}" for question in known.questions_for(protocol, case.jurisdiction)}
    asked |= {check.path: f"check-{check.id}" for check in _applying(case, protocol)}
    sections = {row.id: "trials" if row.min_failed_trials else "episode" for row in known.indications}
    sections |= dict.fromkeys([UNKNOWN + "indication", "severity_gate", "outside_indication"], "episode")
    sections |= dict.fromkeys([row.id for row in known.interactions.rows], "medications")
    sections |= dict.fromkeys(["medications_not_recorded", "medication_not_classified"], "medications")
    sections |= dict.fromkeys([limit.finding.id for limit in known.limits], "vitals")
    return asked.get(finding.path) or sections.get(finding.id, "")


def _taken(patient: Patient, case: Case, protocol: Protocol, confirmed: frozenset[str]) -> tuple[Taken, ...]:
    known = rules().interactions
    return tuple(
        Taken(
            row,
            tuple(
                finding.failing_safe(confirmed)
                for finding in known.of_one(Medication(row.name, row.dose_mg_day), protocol)
            ),
        )
        for row in medications_of(patient, case.asof)
    )


def _applying(case: Case, protocol: Protocol) -> tuple[Check, ...]:
    """The checks that this person needs, with the one that the indication's own gate asks for."""
    known = rules()
    row = next((row for row in known.indications if row.id == case.diagnosis.indication), None)
    if row is None or row.document_gate is None:
        return known.checks_for(case, protocol)
    gate, asks = row.document_gate, row.finding
    own = Check(
        gate.check, asks.text, asks.action, gate.settled_by, source=asks.source, path=asks.path, name=gate.wants[1]
    )
    return (own, *known.checks_for(case, protocol))


def _checks(patient: Patient, case: Case, protocol: Protocol) -> tuple[Checked, ...]:
    latest = results_of(patient)
    return tuple(Checked(check, results_for(check), latest.get(check.id)) for check in _applying(case, protocol))


def results_for(check: Check) -> tuple[str, ...]:
    """The results that say something for this check, in the order of the knowledge."""
    known = rules().checks
    telling = check.settled_by | check.raised_by | {known.refusing, known.inapplicable}
    return tuple(answer for answer in known.answers if answer in telling)


@cache
def names() -> Mapping[str, str]:
    """What indications, conditions and checks are called, by their path in the knowledge and by their id.

    Where a condition and a check share an id, the condition bears it; a check is also found as `check:` and its id.
    """
    known = rules()
    named = {f"check:{row.id}": row.name for row in known.checks.rows} | {
        row.path: row.name for row in known.checks.rows
    }
    named |= {row.id: row.name for row in known.indications}
    for row in known.conditions.rows:
        named |= {row.id: row.name, row.path: row.name}
    return named


# What may be typed.


@dataclass(frozen=True, slots=True)
class Choices:
    """The words that the page offers while one types."""

    protocols: tuple[Protocol, ...]
    settings: tuple[str, ...]
    indications: tuple[Indication, ...]
    severities: tuple[str, ...]
    antidepressants: tuple[str, ...]
    medications: tuple[str, ...]
    icd10: tuple[tuple[str, str], ...]
    """Code and name."""
    vitals: tuple[tuple[str, str], ...]
    """What may be measured before a course, and its unit."""


@cache
def choices() -> Choices:
    """Every protocol, setting, indication, severity, drug and diagnosis code that is known by name."""
    known = rules()
    listed = terminology.codes().values()
    return Choices(
        protocols=tuple(sorted(protocols().values(), key=lambda one: one.name)),
        settings=tuple(Setting),
        indications=known.indications,
        severities=known.maudsley.severities,
        antidepressants=known.adequacy.names,
        medications=known.interactions.names,
        icd10=tuple((code.code, code.display) for code in listed if code.system == ICD10 and code.confirmed),
        vitals=tuple((name, safety.rules().possible[name].unit) for name in Vitals.__dataclass_fields__),
    )
