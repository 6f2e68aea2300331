"""What is looked at of the clinic's results, as a form that a link can hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from django import forms
from django.http import QueryDict

from remit.acts import evidence
from remit.acts.results import OUTCOMES, Offered, ResultsAsked
from remit.pathway.scales import Scale
from remit.web.forms import offer

ALL = ("", "all")
NO_INDICATION = "no indication recorded"


class ResultsForm(forms.Form):
    """Which scale and outcome, of which people."""

    scale = forms.ChoiceField(label="Scale", required=False)
    outcome = forms.ChoiceField(label="Outcome", required=False, choices=[(one, one) for one in OUTCOMES])
    modality = forms.ChoiceField(label="Molecule and route", required=False)
    indication = forms.ChoiceField(label="Indication", required=False)
    since = forms.ChoiceField(label="First dose from", required=False)
    until = forms.ChoiceField(label="Until", required=False)

    def __init__(self, data: QueryDict, offered: Offered) -> None:
        super().__init__(data)
        quarters = [ALL, *((str(one), str(one)) for one in offered.quarters)]
        first = sorted(offered.scales, key=lambda one: one.id != offered.usual)
        choices = {
            "scale": scale_choices(first),
            "modality": [ALL, *((one, one) for one in offered.modalities)],
            "indication": [ALL, *((one, indication_words(one)) for one in offered.indications)],
            "since": quarters,
            "until": quarters,
        }
        for name, held in choices.items():
            offer(self, name, held)

    def asked(self) -> ResultsAsked:
        """What the act is asked. The form was found valid."""
        return ResultsAsked(**{name: word for name, word in self.cleaned_data.items() if word})


class ReleaseForm(forms.Form):
    """On which scale the results leave; once some have left, it is theirs."""

    scale = forms.ChoiceField(label="Scale")

    def __init__(self, data: QueryDict | None, scales: Sequence[Scale]) -> None:
        super().__init__(data)
        offer(self, "scale", scale_choices(scales))


def scale_choices(scales: Sequence[Scale]) -> list[tuple[str, str]]:
    """Each scale with its name."""
    return [(one.id, f"{one.id} · {one.name}") for one in scales]


def indication_words(id: str) -> str:
    """An indication as people call it."""
    return evidence.options().indications.get(id, id.replace("_", " ")) if id else NO_INDICATION


def link_of(asked: ResultsAsked) -> str:
    """The choices as the query of an address: only what differs from the usual."""
    query, usual = QueryDict(mutable=True), ResultsAsked()
    for field in fields(asked):
        if getattr(asked, field.name) != getattr(usual, field.name):
            query[field.name] = getattr(asked, field.name)
    return query.urlencode()
