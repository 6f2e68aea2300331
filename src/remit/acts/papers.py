"""What is printed of a session: the sheet in each signed version, and the draft of the regulatory form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from remit.acts.actors import Actor, Conflict, NotHere, Refused
from remit.acts.core import act_on, note
from remit.acts.facts import MEDICATIONS, answers_of, medications_of
from remit.acts.rights import may_record_session, may_see_session
from remit.acts.session import Opened, opened_at
from remit.acts.session_record import RELATED
from remit.knowledge.medications import drug_classes
from remit.quantities import BadInput
from remit.records.models import Account, MedicationRecord, Session, Signature, Task


@dataclass(frozen=True, slots=True)
class Paper:
    """One version of a session's sheet. `signatures` are those under it; `replaced` is the version that came after."""

    opened: Opened
    version: int
    versions: tuple[tuple[Signature, ...], ...]
    signatures: tuple[Signature, ...]
    replaced: Signature | None
    form_task: Task | None
    taken: tuple[tuple[str, str | None], ...] = ()
    """The classes of medicine that the form asks for, with what the person takes of each; null where nobody asked."""
    provider: Account | None = None
    """Who monitored the session."""

    @property
    def unsigned(self) -> bool:
        """True where entries stand on it that nobody signed."""
        return not self.signatures


@act_on(Session, "print_sheet", right=may_see_session, reads=True, related=RELATED)
def print_sheet(actor: Actor, session: Session, at: datetime, version: int | None = None) -> Paper:
    """The sheet as it stands, or as it was signed in an earlier version, counted from 1."""
    signed = list(session.signatures.select_related("by").order_by("at"))
    stages = list(dict.fromkeys(one.up_to_seq for one in signed))
    versions = [tuple(one for one in signed if one.up_to_seq == stage) for stage in stages]
    newest = len(versions) if stages and stages[-1] == session.last_seq else len(versions) + 1
    wanted = newest if version is None else version
    if not 1 <= wanted <= newest:
        raise NotHere("print_sheet", [f"version: 1 to {newest} is there, not {wanted}"])
    under = versions[wanted - 1] if wanted <= len(versions) else ()
    later = versions[wanted] if wanted < len(versions) else ()
    opened = opened_at(session, under[-1].at if under else at, under[0].up_to_seq if under else None)
    note(version=wanted)
    form = Task.objects.filter(session=session, kind=str(opened.loaded.plan.form)).order_by("created_at").first()
    replaced = later[0] if later else None
    taken = _taken(session) if opened.view.form is not None else ()
    return Paper(opened, wanted, tuple(versions), under, replaced, form, taken, _provider(session))


_ASKED = (
    ("Benzodiazepines", ("benzodiazepine",)),
    ("Non-benzodiazepine sedative hypnotics", ("sedative_hypnotic",)),
    ("Psychostimulants", ("amfetamine", "methylphenidate", "wakefulness_promoter", "other_stimulant")),
    ("Monoamine oxidase inhibitors", ("maoi", "rima")),
    ("Opioids", ("opioid",)),
)
"""What the form asks of the medicines taken, and the classes of the knowledge that answer it."""


def _taken(session: Session) -> tuple[tuple[str, str | None], ...]:
    """What the list of medicines says on the day of the session. An empty list that nobody asked for says nothing."""
    day = session.planned_at.astimezone(session.clinic.zone).date()
    held = medications_of(session.patient, day)
    answer = answers_of(session.patient).get(MEDICATIONS)
    if not held and (answer is None or answer.answer != "no"):
        return tuple((label, None) for label, _ in _ASKED)
    return tuple((label, _named(held, classes)) for label, classes in _ASKED)


def _named(held: list[MedicationRecord], classes: tuple[str, ...]) -> str:
    of = drug_classes().of
    found = [row.name for row in held if any(one.drug_class in classes for one in of(row.name))]
    return f"yes: {', '.join(found)}" if found else "none in the list of medicines"


def _provider(session: Session) -> Account | None:
    """Who ended the session, else who was booked to monitor it."""
    ended = session.entries.filter(kind__in=("discharge", "left")).select_related("account").order_by("-seq").first()
    return ended.account if ended else session.nurse


@act_on(Session, "record_form_sent", right=may_record_session)
def record_form_sent(actor: Actor, session: Session, at: datetime, reference: str) -> Task:
    """The monitoring form went to the programme; `reference` is what the programme answered."""
    if not reference.strip():
        raise BadInput("reference: the programme's confirmation, or how it was sent, is needed")
    task = Task.objects.filter(session=session, kind__endswith="_rems").order_by("created_at").first()
    if task is None:
        raise Refused("record_form_sent", ["form: this session asks for none, or has not ended yet"])
    if task.done_at is not None:
        raise Conflict("record_form_sent", [f"form: it was sent already ({task.outcome})"])
    task.done_at, task.done_by_id, task.outcome = at, actor.me, reference.strip()
    task.save(update_fields=["done_at", "done_by", "outcome"])
    return task
