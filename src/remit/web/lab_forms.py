"""What is chosen in the lab: up to three regimens, and the people they are given to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict

from remit.acts.lab import HOURS_SHOWN, MOST_PATIENTS, SERIES, Choices, Crowd, LabRefused, Regimen
from remit.quantities import BadInput
from remit.web.refusals import said

LETTERS = ("A", "B", "C")
INVITATIONS = dict(zip(LETTERS, ("", "Compare with another treatment", "and with a third"), strict=True))
LONGEST_WORDS = 120
FIRST = ("weight", "n", "shown")
PARTS = ("way", "dose", "duration", "repeat")
OTHER_NAMES = {"with": "drugs"}
"""What the engine calls a field by another name."""


class RegimenForm(forms.Form):
    """One regimen."""

    way = forms.CharField(label="What is given", required=False, max_length=LONGEST_WORDS, widget=forms.Select)
    dose = forms.CharField(label="Dose", required=False, max_length=LONGEST_WORDS)
    duration = forms.CharField(label="Duration", required=False, max_length=LONGEST_WORDS)
    repeat = forms.CharField(label="Given on", required=False, max_length=LONGEST_WORDS)

    def __init__(self, known: Choices, letter: str, data: QueryDict | None, way: str) -> None:
        super().__init__(data, prefix=letter.lower(), initial={"way": way})
        self.letter = letter
        self.fields["way"].required = letter == LETTERS[0]
        nothing = () if letter == LETTERS[0] else (("", "nothing"),)
        groups = [("Protocols", known.protocols), ("Molecules and routes", known.ways)]
        self.fields["way"].widget = forms.Select(choices=[*nothing, *groups])
        for name, example in (("dose", "mg, mg/kg"), ("duration", "min, h"), ("repeat", f"{SERIES}, or days")):
            self.fields[name].widget.attrs |= {"placeholder": example, "autocomplete": "off"}

    @property
    def invitation(self) -> str:
        """What opens it, where it is one more to compare with."""
        return INVITATIONS[self.letter]

    @property
    def chosen(self) -> bool:
        """True once something is given."""
        return bool(self["way"].value())

    def regimen(self) -> Regimen | None:
        """The regimen; null where nothing is chosen."""
        held = self.cleaned_data
        return Regimen(held["way"], held["dose"], held["duration"], held["repeat"]) if held.get("way") else None


class CrowdForm(forms.Form):
    """Who it is given to, and what is looked at."""

    weight = forms.CharField(label="Weight", required=False, max_length=LONGEST_WORDS)
    n = forms.CharField(
        label="Patients", max_length=LONGEST_WORDS, help_text=f"0 is the typical patient; at most {MOST_PATIENTS}"
    )
    seed = forms.CharField(label="Seed", max_length=LONGEST_WORDS, help_text="The same seed gives the same patients")
    shown = forms.ChoiceField(label="Picture shows")
    site = forms.CharField(label="Blood from", widget=forms.Select)
    assay = forms.CharField(label="Receptor affinities", required=False, widget=forms.Select)
    drugs = forms.MultipleChoiceField(label="Also taken", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, known: Choices, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.known = known
        hours = [(name, f"the first {count} h") for name, count in HOURS_SHOWN.items()]
        shown = self.fields["shown"]
        if isinstance(shown, forms.ChoiceField):
            shown.choices = [*hours, ("all", "the whole course")]
        self.fields["site"].widget = forms.Select(choices=[("venous", "a vein"), ("arterial", "an artery")])
        self.fields["assay"].widget = forms.Select(choices=known.assays)
        drugs = self.fields["drugs"]
        if isinstance(drugs, forms.MultipleChoiceField):
            drugs.choices = [(name, name) for name in known.drugs]
        for name, (least, most, unit) in known.measured.items():
            held = self.fields.setdefault(name, forms.CharField(label=name.capitalize(), required=False, max_length=9))
            held.help_text = f"{least:g} to {most:g} {unit}; empty: as people differ"
            vars(held)["unit"] = unit
        for name, words in known.words.items():
            field = forms.CharField(label=name.capitalize(), required=False)
            field.widget = forms.Select(choices=[(word, word) for word in words])
            self.fields[name] = field

    @property
    def more(self) -> list[Any]:
        """What few people change: all but the weight, the number and the picture."""
        return [field for field in self if field.name not in FIRST]

    def crowd(self) -> Crowd:
        """The people, in the act's words."""
        held = self.cleaned_data
        names = [name for name in (*self.known.measured, *self.known.words) if name != "weight"]
        usual = {name: words[0] for name, words in self.known.words.items()}
        said_so = tuple((name, held[name]) for name in names if held[name] and held[name] != usual.get(name))
        return Crowd(
            weight=held["weight"], n=held["n"], seed=held["seed"], site=held["site"], shown=held["shown"],
            assay=held["assay"], covariates=said_so, drugs=tuple(held["drugs"]),
        )  # fmt: skip


class LabForms:
    """All forms of the lab, filled from an address or as they stand at the beginning."""

    def __init__(self, known: Choices, query: QueryDict) -> None:
        self.filled = f"{LETTERS[0].lower()}-way" in query
        usual = Crowd()
        begin = {"n": usual.n, "seed": usual.seed, "shown": usual.shown, "site": usual.site}
        data = _without_gaps(query) if self.filled else None
        if data is not None:
            for name, value in begin.items():
                data.setdefault(name, value)
        self.regimens = [
            RegimenForm(known, letter, data, known.first if letter == LETTERS[0] else "") for letter in LETTERS
        ]
        self.crowd = CrowdForm(known, data, initial=begin)

    @property
    def all(self) -> list[forms.Form]:
        """Every form."""
        return [*self.regimens, self.crowd]

    @property
    def usual(self) -> bool:
        """True while the people and what is shown are those of the beginning."""
        if not self.filled or self.crowd.errors:
            return not self.filled
        held, [(assay, _), *_] = self.crowd.crowd(), self.crowd.known.assays
        return replace(held, assay=assay) == Crowd(assay=assay) and held.assay in ("", assay)

    def are_valid(self) -> bool:
        """True where every form can be read."""
        return self.filled and not any(form.errors for form in self.all)

    def chosen(self) -> list[tuple[RegimenForm, Regimen]]:
        """The regimens that are chosen, with their forms."""
        held = [(form, form.regimen()) for form in self.regimens]
        return [(form, regimen) for form, regimen in held if regimen is not None]

    def refuse(self, refused: LabRefused) -> None:
        """Put every reason beside the field that it names; one of everybody is said once."""
        chosen: Sequence[RegimenForm] = [form for form, _ in self.chosen()] or self.regimens
        for at, words in dict.fromkeys((self._place(at, words), words) for at, words in refused.reasons):
            form: forms.Form = self.crowd if at is None else chosen[at]
            name, colon, rest = words.partition(": ")
            with said(form):
                raise BadInput(f"{OTHER_NAMES.get(name, name)}{colon}{rest}")

    def _place(self, at: int | None, words: str) -> int | None:
        name = words.partition(": ")[0]
        return None if OTHER_NAMES.get(name, name) in self.crowd.fields else at


def _without_gaps(query: QueryDict) -> QueryDict:
    """The same choices with the regimens moved up, so that each keeps its letter in the result."""
    held = query.copy()
    names = [letter.lower() for letter in LETTERS]
    chosen = [name for name in names if query.get(f"{name}-way")]
    for to, origin in zip(names, [*chosen, *(name for name in names if name not in chosen)], strict=True):
        for part in PARTS:
            held[f"{to}-{part}"] = query.get(f"{origin}-{part}", "")
    return held
