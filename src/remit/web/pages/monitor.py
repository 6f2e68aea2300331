"""A monitor's file at the session: what it says, whose it is, and what of it is entered."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import path
from django.utils.datastructures import MultiValueDict
from django.utils.timezone import localtime
from django.views.decorators.http import require_http_methods, require_POST

from remit.acts import clock, monitor_intake
from remit.acts import session as sessions
from remit.acts.monitor_intake import MOST_BYTES, Look, Said
from remit.acts.session import Entered
from remit.quantities import BadInput
from remit.web.guard import opens
from remit.web.refusals import said
from remit.web.request import Request

WORDS = {
    "pressure": "Pressure",
    "systolic": "systolic pressure",
    "diastolic": "diastolic pressure",
    "mean": "Mean pressure",
    "heart_rate": "Pulse",
    "pulse_rate": "Pulse",
    "spo2": "SpO₂",
    "respiratory_rate": "Breaths",
    "temperature_c": "Temperature",
}
ABBREVIATED = ("spo2",)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d")
_SALT = "a monitor's file between reading and entering"
TAKE = "take-"


@dataclass(frozen=True, slots=True)
class Received:
    """A file that this account has read at this session, and when it was received."""

    data: bytes
    at: datetime

    def signed(self, request: Request, session_id: UUID) -> str:
        """As the page carries it: nobody else can send it, at no other session, and its time cannot be changed."""
        held = base64.b64encode(self.data).decode()
        return signing.dumps([*_whose(request, session_id), self.at.isoformat(), held], salt=_SALT, compress=True)

    @classmethod
    def of(cls, request: Request, session_id: UUID) -> Received | None:
        """What the page carried; null where it is not what was given out."""
        try:
            *whose, at, held = signing.loads(request.POST.get("received", ""), salt=_SALT)
            data = base64.b64decode(held)
        except (signing.BadSignature, ValueError, binascii.Error):
            return None
        return cls(data, datetime.fromisoformat(at)) if whose == _whose(request, session_id) else None


def _whose(request: Request, session_id: UUID) -> list[str]:
    return [str(session_id), str(request.actor.account_id)]


class FileForm(forms.Form):
    """The file."""

    file = forms.FileField(label="Message file", help_text="One HL7 message, as the monitor or its gateway saved it.")

    def clean_file(self) -> Any:
        held = self.cleaned_data["file"]
        if held.size > MOST_BYTES:
            raise forms.ValidationError(
                f"At most {filesizeformat(MOST_BYTES)} are read; a message of vital signs is smaller."
            )
        return held


class MatchForm(forms.Form):
    """Whose readings these are, as the person at the chair says."""

    same_person = forms.BooleanField(
        label="I compared the number and the birth date with the person in this chair", required=False
    )
    record_number = forms.CharField(
        label="Record number of the person in this chair",
        required=False,
        max_length=40,
        help_text="Read it from the person's own card or band, not from this screen.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(label="Why the message names somebody else, or nobody", required=False, max_length=300)


@require_http_methods(["GET", "POST"])
def monitor(request: Request, session_id: UUID) -> HttpResponse:
    """Choose a file, and see what a careful reader takes from it."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        received = Received(form.cleaned_data["file"].read(), clock.now())
        try:
            look = monitor_intake.read_monitor_file(request.actor, session_id, received.data, received.at)
        except BadInput as error:
            form.add_error("file", f"This is no monitor's message that can be read. {error}")
        else:
            return _read(request, session_id, received, look, MatchForm(), _all_single(look))
    return _choose(request, session_id, form)


@require_POST
def enter(request: Request, session_id: UUID) -> HttpResponse:
    """Enter the chosen readings. A refusal stands beside its field and keeps what was typed and chosen."""
    received = Received.of(request, session_id)
    if received is None:
        return _choose(request, session_id, _again())
    chosen = {key.removeprefix(TAKE): str(value) for key, value in request.POST.items() if key.startswith(TAKE)}
    form = MatchForm(request.POST)
    if form.is_valid():
        with said(form) as done:
            entered = monitor_intake.enter_monitor_readings(
                request.actor, session_id, received.data, received.at, clock.now(), chosen, Said(**form.cleaned_data)
            )
        if done and entered.accepted:
            return _entered(request, session_id, entered)
        for reason in entered.reasons if done else ():
            form.add_error(None, reason)
    look = monitor_intake.read_monitor_file(request.actor, session_id, received.data, received.at)
    return _read(request, session_id, received, look, form, chosen)


def _again() -> FileForm:
    form = FileForm({}, MultiValueDict())
    form.full_clean()
    form.errors.clear()
    form.add_error(None, "This page belongs to another account or session, or was changed. Choose the file again.")
    return form


def _entered(request: Request, session_id: UUID, entered: Entered) -> HttpResponse:
    words = "This message was entered before; nothing was changed." if entered.repeated else "Readings entered."
    messages.success(request, " ".join([words, *entered.reasons]))
    return redirect("session", session_id)


def _choose(request: Request, session_id: UUID, form: FileForm) -> HttpResponse:
    opened = sessions.open_session(request.actor, session_id, clock.now())
    found = {"form": form, "row": opened.loaded.row, "patient": opened.loaded.row.patient}
    return render(request, "monitor/choose.html", found, status=422 if form.errors else 200)


def _read(
    request: Request,
    session_id: UUID,
    received: Received,
    look: Look,
    form: MatchForm,
    chosen: dict[str, str],
) -> HttpResponse:
    form.fields["record_number"].required = form.fields["reason"].required = look.needs_typing
    found = {
        "session_id": session_id,
        "look": look,
        "message": look.message,
        "patient": look.patient,
        "received": received.signed(request, session_id),
        "received_at": received.at,
        "offers": [_offer(offer, chosen.get(offer.id, "")) for offer in look.offers],
        "not_charted": [(WORDS.get(sample.kind, sample.kind), sample, why) for sample, why in look.not_charted],
        "missing": [WORDS[name].lower() if name not in ABBREVIATED else WORDS[name] for name in look.missing],
        "notes": [_MOMENT.sub(_in_words, line) for line in look.message.notes],
        "form": form,
        "take": TAKE,
    }
    return render(request, "monitor/read.html", found, status=422 if form.errors else 200)


def _in_words(found: re.Match[str]) -> str:
    """A moment of the device as the clinic's people read it."""
    return f"{localtime(datetime.fromisoformat(found[0])):%d %b %Y %H:%M}"


def _all_single(look: Look) -> dict[str, str]:
    """Where there is one value it is chosen; of several a person chooses."""
    return {offer.id: offer.options[0].key for offer in look.offers if len(offer.options) == 1}


def _offer(offer: monitor_intake.Offer, chosen: str) -> dict[str, Any]:
    return {
        "id": offer.id,
        "words": WORDS[offer.id],
        "several": len(offer.options) > 1,
        "options": [
            {
                "key": option.key,
                "chosen": option.key == chosen,
                "value": "/".join(f"{value:g}" for value in option.values.values()),
                "unit": option.samples[0].unit,
                "notes": _notes(option),
            }
            for option in offer.options
        ],
    }


def _notes(option: monitor_intake.Option) -> list[str]:
    pulse = ["pulse of the cuff or sensor; no heart rate was sent"] if option.from_pulse else []
    return [*pulse, *dict.fromkeys(sample.note for sample in option.samples if sample.note)]


urlpatterns = [
    path("sessions/<uuid:session_id>/monitor/", opens("read_monitor_file")(monitor), name="session-monitor"),
    path(
        "sessions/<uuid:session_id>/monitor/enter/",
        opens("enter_monitor_readings")(enter),
        name="session-monitor-enter",
    ),
]
