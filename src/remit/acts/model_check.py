"""The model beside what was published, for pages: the carried report with its sums. Nothing is computed for a view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from remit.acts.actors import Actor
from remit.acts.core import act
from remit.acts.rights import may_read_evidence
from remit.knowledge.model_check import model_check
from remit.knowledge.mood import mood_chain
from remit.knowledge.phq9_link import phq9_link
from remit.knowledge.protocols import protocols
from remit.knowledge.trials import trials
from remit.pathway.model_check import ModelCheck, Row, summary
from remit.pathway.mood import ScaleLink
from remit.quantities import BadInput

__all__ = ["Checked", "ModelCheck", "Row", "read_model_check", "summary"]


@dataclass(frozen=True, slots=True)
class Checked:
    """The report; null with the reason where its rows are others. `arms`: what each arm is called; `studies`: those
    that have a page; `link`: how the second scale goes with the MADRS."""

    report: ModelCheck | None
    refused: str
    sums: Mapping[str, Any]
    arms: Mapping[str, str]
    studies: frozenset[str]
    link: ScaleLink


@act("read_model_check", right=may_read_evidence, reads=True)
def read_model_check(actor: Actor) -> Checked:
    """How near the model comes to what was published."""
    given = {one.id: f"{one.molecule.value} {one.route.value}" for one in protocols().values()}
    arms = given | {one.id: one.name for one in mood_chain().comparators.values()}
    try:
        report = model_check()
    except BadInput as stale:
        return Checked(None, str(stale), {}, arms, frozenset(), phq9_link())
    studies = frozenset(study.id for study in trials().studies)
    return Checked(report, "", summary(report.rows), arms, studies, phq9_link())
