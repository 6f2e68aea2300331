"""The tabs of the pages about the model: each to whoever may open it."""

from __future__ import annotations

from typing import Any

from django import template

from remit.acts.core import ACTS

register = template.Library()

TABS = (
    ("lab", "Regimen lab", "open_lab"),
    ("model-check", "Model check", "read_model_check"),
    ("how-it-works", "How it works", "read_how_it_works"),
)


@register.inclusion_tag("model/tabs.html", takes_context=True)
def model_tabs(context: Any, current: str) -> dict[str, Any]:
    """The pages about the model that this person may open."""
    actor = context["request"].actor
    return {"tabs": [(view, words) for view, words, name in TABS if ACTS[name].allows(actor)], "current": current}
