"""What an act refuses, put next to the field that it names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django import forms

from remit.acts.actors import NotHere, Refused
from remit.acts.core import ACTS
from remit.quantities import BadInput


@dataclass(slots=True)
class Outcome:
    """True once the act under `said` went through."""

    went_through: bool = False

    def __bool__(self) -> bool:
        return self.went_through


@contextmanager
def said(form: forms.Form) -> Iterator[Outcome]:
    """Run an act; what it refuses stands in the form, and the outcome is false.

        with said(form) as done:
            acts.do(...)
        if done: ...

    `BadInput` begins with the name of the thing (`weight: 30 to 250 kg is needed, not 8`): where the form has a field
    of that name or label, the refusal stands there; else above the form.
    """
    outcome = Outcome()
    try:
        yield outcome
        outcome.went_through = True
    except BadInput as error:
        name, _, words = str(error).partition(": ")
        form.add_error(_field(form, name), words if _field(form, name) else str(error))
    except Refused as refused:
        not_their_right = refused.action in ACTS and refused.reasons == (ACTS[refused.action].says,)
        if not_their_right or isinstance(refused, NotHere):
            # Not something to be put right in the form: the person may not do this at all, or there is no such thing.
            raise
        for reason in refused.reasons:
            form.add_error(None, reason)


def _field(form: forms.Form, name: str) -> str | None:
    plain = name.strip().lower()
    for key, field in form.fields.items():
        if plain in (key.lower(), str(field.label or "").lower()):
            return key
    return None
