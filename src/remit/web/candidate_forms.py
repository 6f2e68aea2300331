"""The forms of the candidate's page, and what they say as values."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms

from remit.acts.candidate import Typed, choices
from remit.pathway.referral import AntidepressantTrial, Diagnosis, TrialOutcome, Vitals
from remit.web.forms import NumberField, second_code
from remit.web.pages.patients import DayInput

OUTCOMES = (
    (TrialOutcome.UNKNOWN.value, "not known"),
    (TrialOutcome.FAILED.value, "failed"),
    (TrialOutcome.RESPONDED.value, "responded"),
    (TrialOutcome.RESPONDED_THEN_LOST.value, "responded, lost later"),
    (TrialOutcome.INTOLERANT.value, "stopped for intolerance"),
)
MEASURED = {
    "systolic": "Systolic",
    "diastolic": "Diastolic",
    "heart_rate": "Heart rate",
    "spo2": "SpO2",
    "respiratory_rate": "Respiratory rate",
    "temperature_c": "Temperature",
}


class Measured(NumberField):
    """A number with its unit beside it."""

    def __init__(self, unit: str = "", **options: Any) -> None:
        super().__init__(widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}), **options)
        self.unit = unit


def suggesting(listed: str) -> forms.TextInput:
    """A line that offers the names of a `datalist` while one types."""
    return forms.TextInput(
        attrs={"list": listed, "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    )


def in_words(word: str) -> str:
    """A word of the knowledge as people read it.

    >>> in_words("severe_without_psychosis")
    'severe without psychosis'
    """
    return "ECT" if word == "ect" else word.replace("_", " ")


def _indications() -> list[tuple[str, str]]:
    return [("", "choose"), *((row.id, row.name) for row in choices().indications)]


def _severities() -> list[tuple[str, str]]:
    return [("", "not recorded"), *((word, in_words(word)) for word in choices().severities)]


class EpisodeForm(forms.Form):
    """The episode of illness that is treated."""

    indication = forms.ChoiceField(label="Indication", choices=_indications)
    icd10 = forms.CharField(
        label="ICD-10 code", max_length=12, required=False, widget=suggesting("icd10-codes"), help_text="Such as F33.2."
    )
    episode_start = forms.DateField(label="Start", widget=DayInput(), required=False, help_text="Of this episode.")
    severity = forms.ChoiceField(
        label="Severity", choices=_severities, required=False, help_text="In the words of the Maudsley method."
    )
    key = forms.UUIDField(widget=forms.HiddenInput(), required=False)

    def diagnosis(self) -> Diagnosis:
        """What is typed, as the rules read it."""
        held = self.cleaned_data
        return Diagnosis(held["indication"], held["icd10"] or None, held["episode_start"], held["severity"] or None)


class EpisodeCorrectionForm(EpisodeForm):
    """A correction of it, with why."""

    reason = forms.CharField(label="Why it is corrected", max_length=300)


class TrialForm(forms.Form):
    """One antidepressant tried."""

    drug = forms.CharField(label="Drug", max_length=120, widget=suggesting("antidepressants"))
    dose_mg_day = Measured("mg/day", label="Dose", required=False, help_text="highest held")
    weeks = Measured("weeks", label="Weeks", required=False, help_text="at that dose")
    outcome = forms.ChoiceField(label="Outcome", choices=OUTCOMES)
    added_to = forms.CharField(
        label="Added to",
        max_length=120,
        required=False,
        widget=suggesting("tried-drugs"),
        help_text="a drug that went on",
    )
    reason_stopped = forms.CharField(label="Why it was stopped", max_length=300, required=False)
    informed_by = forms.CharField(
        label="Who says so",
        max_length=120,
        required=False,
        widget=suggesting("informants"),
        help_text="the person, a letter, a pharmacy",
    )
    key = forms.UUIDField(widget=forms.HiddenInput(), required=False)
    replaces = forms.UUIDField(widget=forms.HiddenInput(), required=False)

    def trial(self) -> AntidepressantTrial:
        """What is typed, as the rules read it."""
        held = self.cleaned_data
        return AntidepressantTrial(
            held["drug"], held["dose_mg_day"], held["weeks"], TrialOutcome(held["outcome"]), held["added_to"] or None
        )

    def typed(self) -> Typed | None:
        """The trial to be judged while it is typed; null while no drug is named."""
        return Typed(self.trial(), self.cleaned_data["replaces"]) if self.is_valid() else None

    def particulars(self) -> dict[str, Any]:
        """What the act is told beside the trial itself."""
        return {name: self.cleaned_data[name] for name in ("reason_stopped", "informed_by", "key")}


class TrialCorrectionForm(TrialForm):
    """A correction of one, with why."""

    reason = forms.CharField(label="Why it is corrected", max_length=300)


class VitalsForm(forms.Form):
    """What was measured today."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, unit in choices().vitals:
            self.fields[name] = Measured(unit, label=MEASURED[name], required=False)

    def vitals(self) -> Vitals:
        """What is typed; what is not stays unknown."""
        return Vitals(**{name: self.cleaned_data[name] for name, _ in choices().vitals})


class AllergyForm(forms.Form):
    """A substance that is not tolerated."""

    substance = forms.CharField(label="Substance", max_length=120)
    reaction = forms.CharField(label="Reaction", max_length=300, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput(), required=False)


class MedicationForm(forms.Form):
    """A drug or food taken now."""

    name = forms.CharField(label="Medication", max_length=120, widget=suggesting("medication-names"))
    dose_mg_day = Measured("mg/day", label="Dose", required=False)
    started_on = forms.DateField(label="Since", widget=DayInput(), required=False)
    key = forms.UUIDField(widget=forms.HiddenInput(), required=False)


class CheckForm(forms.Form):
    """A result and its day."""

    result = forms.CharField(label="Result")
    done_on = forms.DateField(label="Done on", widget=DayInput())
    remark = forms.CharField(label="Remark", required=False, max_length=300)


class DecisionForm(forms.Form):
    """Why a person is treated all the same, and who agrees."""

    reason = forms.CharField(label="Why this person is treated all the same", widget=forms.Textarea(attrs={"rows": 3}))


class TwoPersonForm(DecisionForm):
    """The same with a second prescriber on this screen."""

    second_email = forms.EmailField(
        label="Second prescriber's e-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    second_password = forms.CharField(
        label="Second prescriber's password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Typed by the second prescriber, who agrees with it.",
    )
    second_code = second_code()


def key_of(text: str | None) -> UUID | None:
    """The id that a form made for its entry; null for none, and for what is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
