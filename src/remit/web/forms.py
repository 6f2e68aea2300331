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


def offer(form: forms.BaseForm, name: str, choices: Iterable[Any]) -> None:
    """Say what there is to choose from in a field of this form."""
    cast("forms.ChoiceField", form.fields[name]).choices = list(choices)
