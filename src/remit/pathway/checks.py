"""The checks before a course: which apply, which are settled, and what an answer gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from remit.pathway.conditions import UNKNOWN
from remit.pathway.protocol import Protocol
from remit.pathway.referral import Case, Jurisdiction, Setting, Sex
from remit.pathway.sourced import Action, Finding, Source
from remit.quantities import BadInput


@dataclass(frozen=True, slots=True)
class Applies:
    """Where a check is asked for. A fact that is not recorded never takes a check away."""

    off_label: bool = False
    sexes_not: frozenset[Sex] = frozenset()
    product: str | None = None
    jurisdiction: Jurisdiction | None = None
    settings_not: frozenset[Setting] = frozenset()

    def to(self, case: Case, protocol: Protocol) -> bool:
        """True where this person on this protocol needs the check."""
        return (
            (protocol.off_label or not self.off_label)
            and case.patient.sex not in self.sexes_not
            and (self.product is None or protocol.product == self.product)
            and (self.jurisdiction is None or self._there(case, protocol))
            and case.setting not in self.settings_not
        )

    def _there(self, case: Case, protocol: Protocol) -> bool:
        return case.jurisdiction in (None, self.jurisdiction) or self.jurisdiction in protocol.jurisdictions


@dataclass(frozen=True, slots=True)
class Check:
    """One check before a course; `settled_by` and `raised_by` are answers, an answer in neither says nothing."""

    id: str
    text: str
    action: Action
    settled_by: frozenset[str]
    raised_by: frozenset[str] = frozenset()
    raised_action: Action | None = None
    raised_text: str = ""
    applies: Applies = Applies()
    source: Source = field(default_factory=Source)
    path: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Checks:
    """Every check before a course, with the words that may answer one."""

    rows: tuple[Check, ...]
    answers: tuple[str, ...]
    refusing: str
    """The answer that says the check was not done."""
    inapplicable: str
    """The answer that says the check does not apply to this person."""
    other_ids: frozenset[str]
    """Ids that a case file may name although they belong to the session's gate or to a scale."""
    unknown: Finding
    not_applicable: Finding

    @property
    def ids(self) -> frozenset[str]:
        """The ids that a case file may name."""
        return frozenset(row.id for row in self.rows) | self.other_ids

    def refuse_bad_answers(self, case: Case) -> None:
        """Raise `BadInput` for a check that does not exist or an answer that is none."""
        for id, answer in case.checks.items():
            if id not in self.ids:
                raise BadInput(f"checks: {', '.join(sorted(self.ids))} is needed, not {id!r}")
            if answer not in self.answers:
                raise BadInput(f"checks.{id}: {', '.join(self.answers)} is needed, not {answer!r}")

    def applying(self, case: Case, protocol: Protocol) -> tuple[Check, ...]:
        """The checks that this person on this protocol needs."""
        return tuple(row for row in self.rows if row.applies.to(case, protocol))

    def findings(self, case: Case, protocol: Protocol) -> list[Finding]:
        """A finding for each check that refuses, raises something, or blocks while its answer is not known."""
        found = [self._finding(row, case.checks.get(row.id), row.applies.to(case, protocol)) for row in self.rows]
        return [finding for finding in found if finding is not None]

    def _finding(self, row: Check, answer: str | None, applies: bool) -> Finding | None:
        if answer is not None and answer in row.raised_by:
            return _of(row, row.raised_action or row.action, f"{row.raised_text or row.text} [{answer}]")
        if not applies or answer in row.settled_by:
            return None
        if answer == self.refusing:
            return _of(row, row.action, f"{row.text} [{answer}]")
        if row.action is not Action.BLOCK:
            return None
        if answer == self.inapplicable:
            return _of(row, self.not_applicable.action, f"{row.text}: {self.not_applicable.text}")
        said = f" ({answer!r} does not answer it)" if answer else ""
        return Finding(
            UNKNOWN + row.id, self.unknown.action, f"{row.text}: {self.unknown.text}{said}", row.source, row.path
        )


def _of(row: Check, action: Action, text: str) -> Finding:
    two_person = action is Action.BLOCK and row.source.binding
    return Finding(row.id, action, text, row.source, row.path, two_person=two_person)
