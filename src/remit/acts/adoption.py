"""Unverified values, and the lead who adopts them: from then on an unverified block blocks instead of asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from remit.acts.actors import Actor, Conflict, NotHere
from remit.acts.clock import now
from remit.acts.core import act, act_on, note
from remit.acts.rights import may_adopt, may_see_clinic
from remit.knowledge import index
from remit.knowledge.index import Entry
from remit.knowledge.inherit import META
from remit.pathway.sourced import Status
from remit.quantities import BadInput
from remit.records.models import Adoption, Clinic

KINDS = ("eligibility", "safety", "dosing", "protocols", "scales", "medications")
"""Kinds of knowledge that decide something; names and codes are checked elsewhere."""


@dataclass(frozen=True, slots=True)
class Adoptable:
    """One unverified value, and the clinic's adoption where there is one."""

    id: str
    kind: str
    words: str
    entry: dict[str, Any]
    adoption: Adoption | None


@dataclass(frozen=True, slots=True)
class AdoptionList:
    """The unverified values asked for, and how many there are."""

    values: list[Adoptable]
    total: int
    adopted: int
    by_kind: dict[str, int]


@act("list_unverified", right=may_see_clinic, reads=True)
def list_unverified(actor: Actor, kind: str = "", words: str = "", *, adopted_only: bool = False) -> AdoptionList:
    """The values that nobody confirmed, of one kind or holding these words."""
    held = {row.knowledge_id: row for row in _current(actor)}
    known = [entry for entry in index.statements() if _adoptable(entry)]
    found = [_view(entry, held.get(entry.id)) for entry in known if not kind or entry.kind == kind]
    wanted = [one for one in found if _holds(one, words) and (one.adoption or not adopted_only)]
    return AdoptionList(
        values=wanted,
        total=len(known),
        adopted=len([entry for entry in known if entry.id in held]),
        by_kind={name: len([entry for entry in known if entry.kind == name]) for name in KINDS},
    )


@act("adopt_value", right=may_adopt)
def adopt_value(actor: Actor, knowledge_id: str, comment: str = "") -> Adoption:
    """Adopt an unverified value for this clinic: by name, today."""
    entry = _known(knowledge_id)
    if _current(actor).filter(knowledge_id=entry.id).exists():
        raise Conflict("adopt_value", [f"{entry.id} is adopted already"])
    clinic = Clinic.objects.get(pk=actor.here)
    adoption = Adoption.objects.create(
        clinic=clinic, knowledge_id=entry.id, adopted_on=now().astimezone(clinic.zone).date(), note=comment.strip(),
        by_id=actor.me, at=now(),
    )  # fmt: skip
    note(adoption, value=entry.id)
    return adoption


@act_on(Adoption, "withdraw_adoption", right=may_adopt)
def withdraw_adoption(actor: Actor, adoption: Adoption, reason: str) -> Adoption:
    """Take an adoption back; both stay on record."""
    if not reason.strip():
        raise BadInput("reason: say why the adoption is taken back")
    if adoption.withdrawn or Adoption.objects.filter(supersedes=adoption).exists():
        raise NotHere("withdraw_adoption", ["This adoption was taken back already."])
    taken_back = Adoption.objects.create(
        clinic_id=adoption.clinic_id, knowledge_id=adoption.knowledge_id, adopted_on=adoption.adopted_on,
        by_id=actor.me, at=now(), supersedes=adoption, withdrawn=True, reason=reason.strip(),
    )  # fmt: skip
    note(value=adoption.knowledge_id, reason=reason.strip())
    return taken_back


def _current(actor: Actor) -> Any:
    return Adoption.objects.current().filter(clinic_id=actor.here).select_related("by")


def _adoptable(entry: Entry) -> bool:
    return entry.source.status is Status.UNVERIFIED and entry.kind in KINDS


def _known(knowledge_id: str) -> Entry:
    entry = index.lookup(knowledge_id)
    if not _adoptable(entry):
        raise BadInput(f"value: {knowledge_id} is {entry.source.status.value}; only unverified values are adopted")
    return entry


def _view(entry: Entry, adoption: Adoption | None) -> Adoptable:
    return Adoptable(entry.id, entry.kind, _in_words(entry) or entry.note, entry.as_dict(), adoption)


def _in_words(entry: Entry) -> str:
    """The value as one line that a person can judge."""
    words = _line(entry.value)
    return f"{words} {entry.unit}" if words and entry.unit else words


def _line(value: Any) -> str:
    if isinstance(value, dict):
        if "text" in value:
            rest = {name: held for name, held in value.items() if name != "text"}
            return str(value["text"]) + (f" ({_line(rest)})" if rest else "")
        said = {str(name).replace("_", " "): held for name, held in value.items() if name not in META}
        return "; ".join(f"{name}: {_line(held)}" for name, held in said.items())
    if isinstance(value, list):
        return ", ".join(_line(held) for held in value)
    return "not given" if value is None else str(value)


def _holds(one: Adoptable, words: str) -> bool:
    text = f"{one.id} {one.words} {one.entry['note'] or ''}".casefold()
    return all(word in text for word in words.casefold().split())
