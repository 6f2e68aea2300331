"""What is asked of the trials, as a form that a link can hold: every choice is in the address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from django import forms
from django.http import QueryDict

from remit.acts import evidence
from remit.acts.evidence import Asked
from remit.web.forms import offer

ALL = ("", "all, kept apart")
WITH_MEMORY, ONLY_SEEN = "with_memory", "only_seen"
STATUS = (
    ("", "outcome was seen"),
    (WITH_MEMORY, "and a line from memory"),
    (ONLY_SEEN, "every cell was seen"),
)
MEASURES = {
    "RR": "ratio of shares (RR)",
    "OR": "odds ratio (OR)",
    "RD": "difference of shares (RD)",
    "MD": "difference in points (MD)",
    "SMD": "standardised difference (SMD)",
}
TESTS = {"z": "normal (Wald)", "t": "t", "knha": "Knapp and Hartung"}
METHODS = {"FE": "common effect", "DL": "DerSimonian and Laird", "PM": "Paule and Mandel", "HE": "Hedges",
           "SJ": "Sidik and Jonkman"}  # fmt: skip
JOINS = {
    "comparators": "active and inert comparators",
    "molecules": "molecules",
    "routes": "routes",
    "times": "times",
    "enriched": "trials that randomised only responders",
    "any_time": "response at any time",
    "suicidality": "outcomes of suicidality",
    "overlaps": "cohorts that share people",
}
FIRST = Asked()


class AskForm(forms.Form):
    """What is asked, and how it is pooled."""

    outcome = forms.ChoiceField(label="Outcome", required=False)
    indication = forms.ChoiceField(label="Indication", required=False)
    molecule = forms.ChoiceField(label="Molecule", required=False)
    route = forms.ChoiceField(label="Route", required=False)
    comparator = forms.ChoiceField(label="Comparator", required=False)
    at = forms.CharField(
        label="Time after the first dose",
        required=False,
        max_length=30,
        help_text="Such as 1d or 1w-8w; empty: all, kept apart.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    status = forms.ChoiceField(label="How figures were seen", required=False, choices=STATUS)
    measure = forms.ChoiceField(label="Measure", required=False)
    on = forms.ChoiceField(label="Counted on", required=False)
    method = forms.ChoiceField(label="Estimator of τ²", required=False)
    test = forms.ChoiceField(label="Test and interval", required=False)
    floor = forms.BooleanField(label="Knapp and Hartung never below the ordinary variance", required=False)
    join = forms.MultipleChoiceField(
        label="Pool together what is kept apart", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: QueryDict) -> None:
        # The select shows its first choice where the address says nothing, so the usual one stands first.
        super().__init__(data)
        words = evidence.options()
        offered: dict[str, list[tuple[str, str]]] = {
            "outcome": _pairs(words.outcomes),
            "indication": [("", "all depression"), *words.indications.items()],
            "molecule": [ALL, *_pairs(words.molecules)],
            "route": [ALL, *_pairs(words.routes)],
            "comparator": [ALL, *_pairs(words.comparators)],
            "measure": [("", "the usual"), *_pairs(words.measures, MEASURES)],
            "on": [("", "what it is about"), *_pairs(words.counted_on)],
            "method": _pairs(sorted(words.methods, key=lambda one: one != FIRST.method), METHODS),
            "test": _pairs(words.tests, TESTS),
            "join": _pairs(words.joins, JOINS),
        }
        for name, choices in offered.items():
            offer(self, name, choices)

    def asked(self) -> Asked:
        """What the act is asked. The form was found valid."""
        held = self.cleaned_data
        words = {name: held[name] for name in ("indication", "molecule", "route", "comparator", "on", "at", "measure")}
        return Asked(
            **words,
            outcome=held["outcome"] or FIRST.outcome,
            join=tuple(held["join"]),
            only_seen=held["status"] == ONLY_SEEN,
            method=held["method"] or FIRST.method,
            test=held["test"] or FIRST.test,
            floor=held["floor"],
        )

    @property
    def tuned(self) -> bool:
        """True where anything but a filter differs from the usual, so that it is seen at once."""
        usual = {"measure": FIRST.measure, "on": FIRST.on, "method": FIRST.method, "test": FIRST.test}
        changed = any(self.data.get(name, word) not in ("", word) for name, word in usual.items())
        return changed or "floor" in self.data or "join" in self.data

    @property
    def with_memory(self) -> bool:
        """True where the lines that rest on memory shall be drawn, too."""
        return self.is_valid() and self.cleaned_data["status"] == WITH_MEMORY


def link_of(asked: Asked, with_memory: bool) -> str:
    """The choices as the query of an address: only what differs from the usual."""
    query = QueryDict(mutable=True)
    for field in fields(asked):
        value = getattr(asked, field.name)
        if field.name in ("only_seen", "level") or value == getattr(FIRST, field.name):
            continue
        query.setlist(field.name, [*value] if isinstance(value, tuple) else ["on" if value is True else str(value)])
    if asked.only_seen or with_memory:
        query["status"] = ONLY_SEEN if asked.only_seen else WITH_MEMORY
    return query.urlencode()


def _pairs(words: Iterable[str], said: Mapping[str, Any] | None = None) -> list[tuple[str, str]]:
    """Each word with how people say it."""
    return [(str(word), (said or {}).get(word) or str(word).replace("_", " ")) for word in words]
