"""Rows that are made once, whatever is sent twice: each bears the id that was made where it was typed."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID, uuid4

from remit.acts.actors import Actor, Conflict
from remit.acts.clock import now
from remit.quantities import BadInput
from remit.records.models.base import AppendOnly, Revisable

A = TypeVar("A", bound=AppendOnly)
R = TypeVar("R", bound=Revisable)


def make_once(model: type[A], actor: Actor, key: UUID | None, **fields: Any) -> A:
    """The row with this id: made now, or as it was made when the same was sent before.

    Raises `Conflict` where the id came before with something else: nothing typed is dropped in silence.
    """
    rows: Any = model.objects
    # An id of another clinic is taken as well: it is refused like any other that came before with something else.
    held: A | None = rows.filter(pk=key).first() if key else None
    if held is None:
        made: A = rows.create(id=key or uuid4(), clinic_id=actor.here, by_id=actor.me, at=now(), **fields)
        return made
    if held.clinic_id != actor.here or any(getattr(held, name) != value for name, value in fields.items()):
        raise Conflict("enter", ["this form was sent before with something else; open the page again and look"])
    return held


def replace_row(actor: Actor, row: R, reason: str, key: UUID | None, **changes: Any) -> R:
    """The row that takes the place of this one, with the reason; both stay. What is not changed is taken over.

    Raises `Conflict` where another row did so already.
    """
    if not reason.strip():
        raise BadInput("reason: say why it is corrected")
    held = type(row).objects.filter(supersedes=row).first()
    if row.withdrawn or (held is not None and held.pk != key):
        raise Conflict("correct", ["this entry was corrected already; open the page again and look"])
    return make_once(type(row), actor, key, **_content(row) | changes | {"supersedes": row, "reason": reason.strip()})


_OF_THE_ENTRY = {"id", "clinic", "by", "at", "supersedes", "withdrawn", "reason"}


def _content(row: Revisable) -> dict[str, Any]:
    """What the row says, without who entered it when and what it replaced."""
    columns = (column for column in row._meta.concrete_fields if column.name not in _OF_THE_ENTRY)
    return {column.attname: getattr(row, column.attname) for column in columns}
