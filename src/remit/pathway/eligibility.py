"""Who may be treated on a protocol: every reason for and against, and the verdict that follows from them."""

from __future__ import annotations

from dataclasses import dataclass

from remit.pathway.checks import Check, Checks
from remit.pathway.conditions import UNKNOWN, Conditions, Question
from remit.pathway.history import AdequacyTable, History, TrialJudgement, review
from remit.pathway.interactions import Interactions
from remit.pathway.protocol import Protocol
from remit.pathway.referral import Case, Jurisdiction, Vitals
from remit.pathway.sourced import Action, Finding, Sourced, worst_first
from remit.pathway.staging import Maudsley, MaudsleyRules, ThaseRush, ThaseRushRules, maudsley, thase_rush
from remit.quantities import BadInput, Molecule

ELIGIBLE, REVIEW, BLOCKED = "eligible", "review", "blocked"


@dataclass(frozen=True, slots=True)
class SeverityGate:
    """Severities for which the trials give no support."""

    not_met_by: frozenset[str]
    finding: Finding


@dataclass(frozen=True, slots=True)
class DocumentGate:
    """What must be documented first: a drug of a class, and a check with a settling answer."""

    drug_class: str
    check: str
    settled_by: frozenset[str]
    wants: tuple[str, str]
    """The two things in words: the drug and the check."""


@dataclass(frozen=True, slots=True)
class Indication:
    """What is treated, and what must hold before it counts as that."""

    id: str
    name: str
    finding: Finding
    """What a failing gate gives; its text is completed with the reason."""
    min_failed_trials: Sourced[int] | None = None
    severity_gate: SeverityGate | None = None
    document_gate: DocumentGate | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A measured value held against a threshold before a course."""

    finding: Finding
    above: tuple[tuple[str, float], ...] = ()
    below: tuple[tuple[str, float], ...] = ()
    jurisdictions: frozenset[Jurisdiction] = frozenset()
    """The only places where it holds; empty: all."""
    molecules: frozenset[Molecule] = frozenset()
    """The only molecules whose label it is; for another it asks the prescriber."""

    def breached(self, vitals: Vitals) -> list[str]:
        """Each value outside the limit, in words; either of two pressures is enough."""
        high = [(name, bound, "above") for name, bound in self.above if (_read(vitals, name) or bound) > bound]
        low = [(name, bound, "below") for name, bound in self.below if (_read(vitals, name) or bound) < bound]
        return [f"{name} {_read(vitals, name):g} {side} {bound:g}" for name, bound, side in high + low]


def _read(vitals: Vitals, name: str) -> float | None:
    value = getattr(vitals, name)
    return None if value is None else float(value)


@dataclass(frozen=True, slots=True)
class Notes:
    """Findings that Remit itself adds; their texts are completed with the reason."""

    protocol_jurisdiction: Finding
    outside_indication: Finding
    investigational: Finding
    unknown: Finding


@dataclass(frozen=True, slots=True)
class Screening:
    """The decision on a candidate: verdict, every finding with the worst first, the history and how resistant it is."""

    protocol: str
    verdict: str
    findings: tuple[Finding, ...]
    history: History
    maudsley: Maudsley
    thase_rush: ThaseRush

    def as_dict(self) -> dict[str, object]:
        """The screening as the command line and the pages print it."""
        return {
            "protocol": self.protocol,
            "verdict": self.verdict,
            "findings": [finding.as_dict() for finding in self.findings],
            "trials": [trial.as_dict() for trial in self.history.trials],
            "resistant_trials": self.resistant_trials,
            "resistant_trials_athf": self.history.resistant_trials_athf,
            "staging": {"maudsley": self.maudsley.as_dict(), "thase_rush": self.thase_rush.as_dict()},
        }

    @property
    def trials(self) -> tuple[TrialJudgement, ...]:
        """Each trial as judged."""
        return self.history.trials

    @property
    def resistant_trials(self) -> int:
        """Adequate trials that failed; the same drug twice is one."""
        return self.history.resistant_trials


@dataclass(frozen=True, slots=True)
class EligibilityRules:
    """Everything that screening knows, built from the knowledge files."""

    conditions: Conditions
    checks: Checks
    interactions: Interactions
    indications: tuple[Indication, ...]
    limits: tuple[Limit, ...]
    notes: Notes
    adequacy: AdequacyTable
    maudsley: MaudsleyRules
    thase_rush: ThaseRushRules

    def questions_for(self, protocol: Protocol, jurisdiction: Jurisdiction | None = None) -> tuple[Question, ...]:
        """The conditions to ask one by one on this protocol, those that must be answered first."""
        return self.conditions.questions(protocol, jurisdiction)

    def checks_for(self, case: Case, protocol: Protocol) -> tuple[Check, ...]:
        """The checks before a course that this person on this protocol needs."""
        return self.checks.applying(case, protocol)

    def refuse_unknown_ids(self, case: Case) -> None:
        """Raise `BadInput` for a condition, check, answer, indication or severity that does not exist."""
        for place, named in (("conditions", case.conditions), ("absent", case.absent)):
            for id in sorted(named - self.conditions.ids):
                raise BadInput(f"{place}: {', '.join(sorted(self.conditions.ids))} is needed, not {id!r}")
        for id in sorted(case.conditions & case.absent):
            raise BadInput(f"conditions: {id} is needed in conditions or in absent, not in both")
        self.checks.refuse_bad_answers(case)
        _refuse_word("diagnosis.indication", case.diagnosis.indication, [row.id for row in self.indications])
        _refuse_word("diagnosis.severity", case.diagnosis.severity, list(self.maudsley.severities))


def _refuse_word(thing: str, word: str | None, words: list[str]) -> None:
    if word is not None and word not in words:
        raise BadInput(f"{thing}: {', '.join(words)} is needed, not {word!r}")


def screen(case: Case, protocol: Protocol, rules: EligibilityRules, adopted: frozenset[str] = frozenset()) -> Screening:
    """Decide on a candidate. `adopted` holds the ids of unverified findings that the clinic's lead lets block.

    Raises `BadInput` for an id that does not exist.
    """
    rules.refuse_unknown_ids(case)
    history = review(case.trials, rules.adequacy)
    found = [
        *rules.conditions.findings(case, protocol),
        *rules.checks.findings(case, protocol),
        *_place(case, protocol, rules.notes),
        *_indication(case, protocol, history, rules, adopted),
        *_measured(case, protocol, rules.limits),
        *rules.interactions.findings(case.medications, protocol, adopted),
    ]
    findings = tuple(worst_first([finding.failing_safe(adopted) for finding in found]))
    return Screening(
        protocol.id,
        verdict_of(findings),
        findings,
        history,
        maudsley(case.diagnosis, history, case.ect_failed, case.asof, rules.maudsley),
        thase_rush(history, case.ect_failed, rules.thase_rush),
    )


def verdict_of(findings: tuple[Finding, ...]) -> str:
    """What these findings amount to: the strictest of them decides."""
    worst = max((finding.action.rank for finding in findings), default=Action.RECORD.rank)
    if worst == Action.BLOCK.rank:
        return BLOCKED
    return REVIEW if worst == Action.PRESCRIBER_REVIEW.rank else ELIGIBLE


def _say(finding: Finding, words: str) -> Finding:
    """The finding with its text completed."""
    return Finding(finding.id, finding.action, f"{finding.text}: {words}", finding.source, finding.path)


def _place(case: Case, protocol: Protocol, notes: Notes) -> list[Finding]:
    found = []
    if case.jurisdiction is None:
        found.append(_unknown("jurisdiction", "the place whose law and label apply", notes.unknown))
    elif protocol.jurisdictions and case.jurisdiction not in protocol.jurisdictions:
        words = f"{protocol.id} is written for {', '.join(protocol.jurisdictions)}, not for {case.jurisdiction}"
        found.append(_say(notes.protocol_jurisdiction, words))
    if protocol.investigational:
        found.append(_say(notes.investigational, protocol.regulatory.value))
    return found


def _unknown(id: str, text: str, unknown: Finding) -> Finding:
    return Finding(UNKNOWN + id, unknown.action, f"{text}: {unknown.text}", unknown.source, unknown.path)


def _indication(
    case: Case, protocol: Protocol, history: History, rules: EligibilityRules, adopted: frozenset[str]
) -> list[Finding]:
    """Whether what is treated is what the protocol is for, and whether its own gates hold."""
    row = next((row for row in rules.indications if row.id == case.diagnosis.indication), None)
    if row is None:
        return [_unknown("indication", "what is treated", rules.notes.unknown)]
    outside = bool(protocol.indications) and row.id not in protocol.indications
    found = []
    if outside:
        words = f"{protocol.id} is for {', '.join(protocol.indications)}, not for {row.id}"
        found.append(_say(rules.notes.outside_indication, words))
    found += _too_few_trials(row, history)
    found += _document_gate(row, case, rules, outside, adopted)
    gate = row.severity_gate
    if gate is not None and case.diagnosis.severity in gate.not_met_by:
        found.append(_say(gate.finding, f"severity is {case.diagnosis.severity}"))
    return found


def _too_few_trials(row: Indication, history: History) -> list[Finding]:
    least = row.min_failed_trials
    if least is None or history.resistant_trials >= least.value:
        return []
    athf = history.resistant_trials_athf
    other = f" ({athf} by the shorter duration of the ATHF forms)" if athf != history.resistant_trials else ""
    return [
        _say(
            row.finding,
            f"{history.resistant_trials} of {len(history.trials)} trials count{other}, {least.value} are needed",
        )
    ]


def _document_gate(
    row: Indication, case: Case, rules: EligibilityRules, outside: bool, adopted: frozenset[str]
) -> list[Finding]:
    gate = row.document_gate
    if gate is None:
        return []
    drug, check = gate.wants
    missing = []
    if not rules.interactions.classes.documented(case.medications or (), frozenset({gate.drug_class}), adopted):
        missing.append(drug + _unconfirmed(case, rules, gate.drug_class))
    if case.checks.get(gate.check) not in gate.settled_by:
        missing.append(check)
    if outside:
        missing.append("a protocol that is written for it")
    return [_say(row.finding, f"still needed: {', '.join(missing)}")] if missing else []


def _unconfirmed(case: Case, rules: EligibilityRules, drug_class: str) -> str:
    classes = rules.interactions.classes
    names = [
        taken.name
        for taken in case.medications or ()
        if any(held.drug_class == drug_class for held in classes.of(taken.name))
    ]
    return f" ({', '.join(names)} is listed, but no source confirms its class)" if names else ""


def _measured(case: Case, protocol: Protocol, limits: tuple[Limit, ...]) -> list[Finding]:
    """A finding for each measured value outside its limit; a value that was not measured raises none."""
    found = []
    for limit in limits:
        breached = limit.breached(case.vitals) if case.vitals else []
        if breached and (not limit.jurisdictions or case.jurisdiction in limit.jurisdictions):
            found.append(_limit_finding(limit, breached, protocol))
    return found


def _limit_finding(limit: Limit, breached: list[str], protocol: Protocol) -> Finding:
    said = _say(limit.finding, ", ".join(breached))
    if not limit.molecules or protocol.molecule in limit.molecules:
        two_person = said.action is Action.BLOCK and said.source.binding
        return Finding(said.id, said.action, said.text, said.source, said.path, two_person=two_person)
    words = f"{said.text}; the limit binds {', '.join(sorted(limit.molecules))}: here the prescriber decides"
    return Finding(said.id, Action.PRESCRIBER_REVIEW, words, said.source, said.path)
