"""The treatment history as a payer reads it for prior authorisation: each trial, why it counts, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from remit.acts import sources
from remit.acts.actors import Actor
from remit.acts.candidate import Aim, Candidate, Tried, look_at
from remit.acts.clock import now
from remit.acts.core import act_on, note
from remit.acts.rights import may_see_history
from remit.knowledge import index
from remit.knowledge.scales import scales
from remit.pathway.sourced import Status
from remit.records.models import Account, Assessment, Clinic, Patient

RULE = "treatment_resistance_staging.adequacy_rule"
_SAYING = ("default_min_weeks", "alternative_min_weeks", "failed_trial")


@dataclass(frozen=True, slots=True)
class PaperTrial:
    """One trial with the numbers of the sources by which it was judged."""

    tried: Tried
    references: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PaperScore:
    """One rated scale, with its name and the days that it looks back on."""

    assessment: Assessment
    name: str
    recall: str
    highest: int | None


@dataclass(frozen=True, slots=True)
class HistoryPaper:
    """Everything that the printed history says."""

    candidate: Candidate
    clinic: Clinic
    trials: tuple[PaperTrial, ...]
    rule: str
    references: tuple[str, ...]
    scores: tuple[PaperScore, ...]
    printed_at: datetime
    printed_by: str


@act_on(Patient, "print_history", right=may_see_history, reads=True)
def print_history(actor: Actor, patient: Patient, protocol_id: str) -> HistoryPaper:
    """Print the treatment history for whoever pays, on the protocol that is asked for."""
    candidate = look_at(patient, Aim(protocol_id))
    note(protocol=candidate.protocol.id)
    references: list[str] = []
    trials = tuple(PaperTrial(one, _numbers(one.judgement.path, references)) for one in candidate.tried)
    said = [_said(f"{RULE}.{name}", references) for name in _SAYING]
    return HistoryPaper(
        candidate=candidate,
        clinic=patient.clinic,
        trials=trials,
        rule="A trial counts when it failed at or above the dose and the weeks of the drug's own row. "
        + " ".join(said),
        references=tuple(references),
        scores=_scores(patient),
        printed_at=now(),
        printed_by=str(Account.objects.get(pk=actor.me)),
    )


def _numbers(path: str, references: list[str]) -> tuple[int, ...]:
    """The numbers of a value's citations; new ones are added to the list."""
    cited = [one["citation"] for one in sources.of_id(path)["citations"]] if path else []
    references += [one for one in dict.fromkeys(cited) if one not in references]
    return tuple(references.index(one) + 1 for one in dict.fromkeys(cited))


def _said(path: str, references: list[str]) -> str:
    """One statement of the rule with its numbers, as a sentence."""
    entry = index.lookup(path)
    words = entry.note or str(entry.value["text"])
    numbers = ", ".join(str(number) for number in _numbers(path, references))
    doubt = ", not confirmed" if entry.source.status is Status.UNVERIFIED else ""
    return f"{words[:1].upper()}{words[1:]} [{numbers}{doubt}]."


def _scores(patient: Patient) -> tuple[PaperScore, ...]:
    """The newest complete rating on each scale."""
    held = patient.assessments.current().filter(complete=True).select_related("by").order_by("taken_at")
    latest = {row.scale_id: row for row in held}
    return tuple(_score(row) for row in latest.values())


def _score(row: Assessment) -> PaperScore:
    known = scales().get(row.scale_id)
    if known is None:
        return PaperScore(row, row.scale_id, "", None)
    recall = known.recall or (f"{known.recall_days} days" if known.recall_days else "")
    return PaperScore(row, known.name, recall, known.total.value.high if known.total else None)
