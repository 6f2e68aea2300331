"""How every form of Remit is drawn: the refusal stands next to its field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Draws forms and fields with Remit's own templates."""

    form_template_name = "remit/form.html"
    field_template_name = "remit/field.html"


class CodeInput(forms.PasswordInput):
    """A code that is seen while it is typed and never sent back: a refused form asks for it anew."""

    input_type = "text"


def second_code() -> forms.CharField:
    """The one-time code of a second person, for the accounts that have a second factor."""
    return forms.CharField(
        label="Their one-time code",
        required=False,
        max_length=64,
        help_text=SECOND_CODE_WHY,
        widget=CodeInput(attrs={"autocomplete": "off", "inputmode": "numeric", "data-no-draft": ""}),
    )


SECOND_CODE_WHY = (
    "Only where their account has a second factor: from its app, or a recovery code. A password alone could be known."
)


def offer(form: forms.BaseForm, name: str, choices: Iterable[Any]) -> None:
    """Say what there is to choose from in a field of this form."""
    cast("forms.ChoiceField", form.fields[name]).choices = list(choices)
