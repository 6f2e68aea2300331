"""What is printed of a session: the sheet in each signed version, and the draft of the regulatory form."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from remit.acts.actors import Actor, Conflict, NotHere, Refused
from remit.acts.core import act_on, note
from remit.acts.rights import may_record_session, may_see_session
from remit.acts.session import Opened, opened_at
from remit.acts.session_record import RELATED
from remit.quantities import BadInput
from remit.records.models import Session, Signature, Task


@dataclass(frozen=True, slots=True)
class Paper:
    """One version of a session's sheet. `signatures` are those under it; `replaced` is the version that came after."""

    opened: Opened
    version: int
    versions: tuple[tuple[Signature, ...], ...]
    signatures: tuple[Signature, ...]
    replaced: Signature | None
    form_task: Task | None

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
    return Paper(opened, wanted, tuple(versions), under, later[0] if later else None, form)


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
