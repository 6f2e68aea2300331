"""The forms of a plan: what is chosen for a course, a dose, a standing order, a decision, a session's new time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.timezone import get_current_timezone, localdate

from remit.acts.clock import now
from remit.acts.landing import Wanted
from remit.acts.plan import CourseView
from remit.acts.prescribing import PURPOSES, STANDING_ROUTES, Dosing, Standing, standing_choices
from remit.acts.reviewing import DECISIONS, Further
from remit.pathway.protocol import FixedDose, PerKilogram, Protocol
from remit.pathway.referral import Setting
from remit.pathway.weight import WeightBasis
from remit.quantities import BadInput
from remit.web.forms import offer, second_code
from remit.web.pages.patients import DayInput

MORNING = "09:00"
"""The time of day that a new series is first looked for at; a person chooses another."""
DECISION_WORDS = {"continue": "Go on as planned", "dose_step": "Change the dose", "stop": "Stop the course"}
BASIS_WORDS = {"actual": "actual body weight", "ideal": "ideal body weight", "capped": "capped at the obesity limit"}


class TimeInput(forms.TimeInput):
    """A time of day as the browser's own clock."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class KeyField(forms.UUIDField):
    """The id made where the form was drawn: sent twice, it makes one entry."""

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput, initial=uuid4)


class NamedForm(forms.Form):
    """One form of several on a page: its fields bear ids of its own."""

    name = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **(kwargs | {"auto_id": f"{self.name}-%s"}))


def words(id: str) -> str:
    """An id as a person reads it."""
    return id.replace("_", " ")


class ChooseForm(NamedForm):
    """What a course is planned with."""

    name = "choose"

    protocol = forms.CharField(widget=forms.HiddenInput, max_length=120)
    option = forms.ChoiceField(label="Series")
    starts_on = forms.DateField(label="First day", widget=DayInput())
    at = forms.TimeField(label="Time of day", widget=TimeInput())
    setting = forms.ChoiceField(label="Setting", choices=[(one.value, words(one.value)) for one in Setting])

    def __init__(self, options: Iterable[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "option", [(one.id, option_words(one)) for one in options])


def option_words(option: Any) -> str:
    """A way to give the series, in words."""
    most = "up to " if option.maximum else ""
    return f"{most}{option.sessions} visits in {option.weeks} week{'' if option.weeks == 1 else 's'}"


class MoveForm(forms.Form):
    """A session's new day and time; chair and nurse where somebody chooses them."""

    session = forms.CharField(max_length=40)
    day = forms.DateField(label="Day", widget=DayInput())
    time = forms.TimeField(label="Time", widget=TimeInput())
    chair = forms.CharField(label="Chair", required=False, max_length=40)
    nurse = forms.CharField(label="Nurse", required=False, max_length=40)
    reason = forms.CharField(label="Why", required=False, max_length=500)

    def at(self) -> datetime:
        """The time in the clinic's zone."""
        held = self.cleaned_data
        return datetime.combine(held["day"], held["time"], get_current_timezone())

    def wanted(self) -> Wanted:
        """Where the session shall be."""
        return Wanted(self.at(), self.cleaned_data["chair"] or None, self.cleaned_data["nurse"] or None)


class DoseForm(NamedForm):
    """A dose for some sessions of a course."""

    name = "dose"

    key = KeyField()
    from_session = forms.IntegerField(label="From session", min_value=1)
    to_session = forms.IntegerField(label="To session", min_value=1, required=False)
    dose = forms.CharField(label="Dose", max_length=40)
    weight_basis = forms.ChoiceField(label="By", choices=[(one.value, BASIS_WORDS[one.value]) for one in WeightBasis])
    route = forms.ChoiceField(label="Route", required=False)
    reason = forms.CharField(label="Why it is ordered all the same", required=False, max_length=1000,
                             widget=forms.Textarea(attrs={"rows": 2}))  # fmt: skip
    second_email = forms.EmailField(label="Second prescriber's e-mail", required=False)
    second_password = forms.CharField(
        label="Second prescriber's password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "data-no-draft": ""}),
    )
    second_code = second_code()

    def __init__(self, view: CourseView, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        protocol = view.protocol
        rule = protocol.dose_for(view.course.episode.indication if view.course.episode else None)
        self.fields["to_session"].help_text = "Empty: until another order."
        if isinstance(rule, FixedDose):
            doses = [str(one) for one in dict.fromkeys([*rule.steps(older=True), *rule.steps(older=False)])]
            self.fields["dose"].widget = forms.Select(choices=[(one, one) for one in sorted(doses)])
            del self.fields["weight_basis"]
        else:
            self.fields["dose"].help_text = "With its unit, such as mg/kg or mg."
            self.fields["dose"].initial = _usual(rule)
        if len(protocol.routes) > 1:
            offer(self, "route", [(one.value, one.value) for one in protocol.routes])
        else:
            del self.fields["route"]
        self.fields["from_session"].initial = next((line.n for line in view.coming if line.order is None), None) or 1

    def dosing(self) -> Dosing:
        """The dose as it is ordered."""
        held = self.cleaned_data
        return Dosing(
            held["from_session"],
            held["to_session"],
            held["dose"],
            weight_basis=held.get("weight_basis") or WeightBasis.ACTUAL.value,
            route=held.get("route") or "",
        )


def _usual(rule: Any) -> str:
    return str(rule.start.value) if isinstance(rule, PerKilogram) and rule.start else ""


class StandingForm(NamedForm):
    """A standing order for one purpose; only the drugs that the knowledge names for it."""

    name = "standing"

    key = KeyField()
    drug = forms.ChoiceField(label="Drug")
    dose = forms.CharField(label="Dose", max_length=80, help_text="Your own words: no source gives one.")
    route = forms.ChoiceField(label="Route", choices=[(one, one) for one in STANDING_ROUTES])
    condition = forms.CharField(label="When", max_length=500, help_text="What must be so before it is given.")

    def __init__(self, purpose: str, data: Any = None) -> None:
        super().__init__(data, prefix=purpose)
        self.purpose = purpose
        drugs = standing_choices()[purpose].options
        offer(self, "drug", [(one, one) for one in drugs])

    def standing(self) -> Standing:
        """The standing order as it is written."""
        held = self.cleaned_data
        return Standing(self.purpose, held["drug"], held["dose"], held["route"], held["condition"])


def standing_forms() -> list[StandingForm]:
    """An empty form for each purpose."""
    return [StandingForm(purpose) for purpose in PURPOSES]


class ReasonForm(NamedForm):
    """A reason: for taking an order back, for cancelling a session."""

    name = "cancel"

    key = KeyField()
    reason = forms.CharField(label="Reason", max_length=1000)


class ReviewForm(NamedForm):
    """A decision at a review."""

    name = "review"

    key = KeyField()
    decision = forms.ChoiceField(
        label="Decision", choices=[(one, DECISION_WORDS[one]) for one in DECISIONS], widget=forms.RadioSelect
    )
    reason = forms.CharField(label="What it rests on", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class ExtendForm(NamedForm):
    """Further weeks of maintenance."""

    name = "extend"

    key = KeyField()
    interval_days = forms.TypedChoiceField(label="Interval", coerce=int)
    weeks = forms.IntegerField(label="Weeks", min_value=1)
    at = forms.TimeField(label="Time of day", widget=TimeInput(), initial=MORNING)
    reason = forms.CharField(label="Why", required=False, max_length=1000)

    def __init__(self, days: Iterable[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "interval_days", [(one, f"every {one} days") for one in days])
        self.fields["reason"].help_text = "Needed beyond the weeks that a source describes."

    def further(self) -> Further:
        """What follows."""
        held = self.cleaned_data
        return Further(held["interval_days"], held["weeks"], held["at"])


class EndForm(NamedForm):
    """How a course ends."""

    name = "end"

    key = KeyField()
    how = forms.ChoiceField(
        label="It is",
        choices=[("completed", "completed: nothing is to come"), ("stopped", "stopped: what is to come is cancelled")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="Reason", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class WalkInForm(NamedForm):
    """A session outside the plan, today."""

    name = "walk-in"

    key = KeyField()
    time = forms.TimeField(label="Time today", widget=TimeInput(), required=False, help_text="Empty: now.")
    reason = forms.CharField(label="Why outside the plan", max_length=500)

    def at(self) -> datetime | None:
        """The time of today; null for now."""
        held = self.cleaned_data["time"]
        return datetime.combine(localdate(now()), held, get_current_timezone()) if held else None


def time_of(sent: Mapping[str, str]) -> time:
    """The time of day that was asked for, else the morning. Raises `BadInput`."""
    given = sent.get("at") or MORNING
    try:
        return time.fromisoformat(given)
    except ValueError:
        raise BadInput(f"time of day: hours and minutes such as 14:05 are needed, not {given!r}") from None


def places_of(sent: Mapping[str, str]) -> dict[int, datetime]:
    """Where each session of a draft was put, as the page's form carries it. Raises `BadInput`."""
    found = {}
    for name, value in sent.items():
        if not name.startswith("place-"):
            continue
        try:
            found[int(name.removeprefix("place-"))] = datetime.fromisoformat(value).replace(
                tzinfo=get_current_timezone()
            )
        except ValueError:
            raise BadInput(f"{name}: a day and time is needed, not {value!r}") from None
    return found


def protocol_words(protocol: Protocol) -> str:
    """The routes of a protocol in words."""
    return " or ".join(route.value for route in protocol.routes)
