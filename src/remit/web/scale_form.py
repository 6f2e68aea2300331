"""The form of a scale: its questions where their wording may be shown, else a total and the items that alarm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.forms import BoundField
from django.utils.timezone import localtime

from remit.acts.assessments import STAFF_MODES, Given
from remit.acts.clock import now
from remit.pathway.scales import Item, Scale
from remit.pathway.wording import Wording
from remit.web.pages.duty import MomentInput

LEFT_OUT = ("", "not answered")
YES_NO = ((0, "no"), (1, "yes"))


class ScaleForm(forms.Form):
    """One scale as it was answered. `client_id` was made with the page, so that sending twice records once."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        scale: Scale,
        wording: Wording | None,
        *args: Any,
        by_item: bool = False,
        by_staff: bool = True,
        correcting: bool = False,
        **options: Any,
    ) -> None:
        options["initial"] = {"client_id": uuid4(), "taken_at": localtime(now())} | (options.get("initial") or {})
        super().__init__(*args, **options)
        self.scale, self.wording = scale, wording
        self.by_item = by_item or wording is not None or scale.total is None
        self.watched = {rule.item for rule in scale.alerts if rule.item is not None}
        if not self.by_item and scale.total is not None:
            low, high = scale.total.value.low, scale.total.value.high
            self.fields["total"] = forms.IntegerField(
                label=f"Total of {scale.name}", help_text=f"{low} to {high}", required=True
            )
        for item in scale.items:
            if self.by_item or item.n in self.watched:
                self.fields[f"item_{item.n}"] = self._item(item)
        for asked in wording.unscored if wording else ():
            self.fields[f"unscored_{asked.id}"] = forms.ChoiceField(
                label=asked.text,
                required=False,
                choices=[LEFT_OUT, *((one.text, one.text) for one in asked.answers)],
                widget=forms.RadioSelect,
            )
        self._about(by_staff, correcting)

    def _item(self, item: Item) -> forms.ChoiceField:
        questions = self.wording.questions if self.wording else ()
        text = questions[item.n - 1].text if item.n <= len(questions) else item.name or f"Item {item.n}"
        return forms.ChoiceField(
            label=text, required=False, choices=[LEFT_OUT, *self._answers(item)], widget=forms.RadioSelect
        )

    def _answers(self, item: Item) -> Sequence[tuple[int, str]]:
        if self.wording:
            return [(one.score, one.text) for one in self.wording.answers if one.score is not None]
        if self.scale.triage is not None:
            return YES_NO
        return [(value, str(value)) for value in range(item.low, item.high + 1)]

    def _about(self, by_staff: bool, correcting: bool) -> None:
        if by_staff:
            self.fields["taken_at"] = forms.DateTimeField(label="Answered at", widget=MomentInput())
        if by_staff and not correcting:
            self.fields["mode"] = forms.ChoiceField(
                label="How", choices=[(mode, mode) for mode in STAFF_MODES], widget=forms.RadioSelect, initial="paper"
            )
        if correcting:
            self.fields["reason"] = forms.CharField(label="Why it is corrected", max_length=300)

    def items(self) -> list[tuple[int, BoundField]]:
        """The fields of the items, with their numbers."""
        return [(item.n, self[f"item_{item.n}"]) for item in self.scale.items if f"item_{item.n}" in self.fields]

    def unscored(self) -> list[BoundField]:
        """The fields of the questions that add nothing."""
        return [self[name] for name in self.fields if name.startswith("unscored_")]

    def about(self) -> list[BoundField]:
        """When and how it was answered."""
        return [self[name] for name in ("taken_at", "mode", "reason") if name in self.fields]

    def given(self) -> Given:
        """What was typed, once the form is valid."""
        held = self.cleaned_data
        answers = [held.get(f"item_{item.n}") for item in self.scale.items]
        numbers = tuple(int(answer) if answer not in ("", None) else None for answer in answers)
        total = held.get("total")
        if total is not None and not any(number is not None for number in numbers):
            numbers = ()
        unscored = {
            name.removeprefix("unscored_"): value
            for name, value in held.items()
            if name.startswith("unscored_") and value
        }
        return Given(numbers, total, unscored)
