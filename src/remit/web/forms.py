"""How every form of Remit is drawn: the refusal stands next to its field."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Draws forms and fields with Remit's own templates."""

    form_template_name = "remit/form.html"
    field_template_name = "remit/field.html"
