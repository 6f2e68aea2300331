"""How every form of Remit is drawn: the refusal stands next to its field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Draws forms and fields with Remit's own templates."""

    form_template_name = "remit/form.html"
    field_template_name = "remit/field.html"


class NumberField(forms.FloatField):
    """A number; what is none is refused with what was typed. A comma is no point: it may part thousands."""

    def clean(self, value: Any) -> Any:
        """The number that was typed."""
        try:
            return super().clean(value)
        except forms.ValidationError as error:
            if error.code != "invalid":
                raise
            said = f"A number such as 81.5 is needed, not {str(value)[:_MOST_SHOWN]}."
            raise forms.ValidationError(said, code="invalid") from None


_MOST_SHOWN = 40


class CodeInput(forms.PasswordInput):
    """A code that is seen while it is typed and never sent back: a refused form asks for it anew."""

    input_type = "text"


def second_code() -> forms.CharField:
    """The one-time code of a second person, for the accounts that have a second factor."""
    return forms.CharField(
        label=SECOND_CODE.label,
        required=False,
        max_length=SECOND_CODE.length,
        help_text=f"Only {SECOND_CODE.asked_of}: {SECOND_CODE.why}.",
        widget=CodeInput(attrs={"autocomplete": "off", "inputmode": "numeric", "data-no-draft": ""}),
    )


@dataclass(frozen=True, slots=True)
class SecondCode:
    """What is said beside the code of a second person, on every page that asks for one, and its most signs."""

    label: str
    asked_of: str
    why: str
    length: int


SECOND_CODE = SecondCode(
    label="Their one-time code",
    asked_of="where their account has a second factor",
    why="from its app, or a recovery code; a password alone could be known",
    length=64,
)


_MOST_DIGITS = 9


def whole_number(typed: str) -> int | None:
    """A whole number as it stands in an address or a hidden field; null for anything else.

    >>> whole_number("12"), whole_number("²"), whole_number("9" * 30)
    (12, None, None)
    """
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS else None


def offer(form: forms.BaseForm, name: str, choices: Iterable[Any]) -> None:
    """Say what there is to choose from in a field of this form."""
    cast("forms.ChoiceField", form.fields[name]).choices = list(choices)
