"""The session at the chair: the gate, the dose, the readings, what happened, and leaving."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.timezone import get_current_timezone, localtime
from django.views.decorators.http import require_POST, require_safe

from remit.acts import chairside, clock
from remit.acts import session as sessions
from remit.acts.actors import Actor, Refused
from remit.acts.chairside import Around
from remit.acts.core import ACTS
from remit.acts.expected_effects import asked_of, known
from remit.acts.second_person import confirm_second
from remit.acts.session import Opened
from remit.pathway.chart import DoseState, State
from remit.pathway.entries import Check, Result, Severity
from remit.pathway.gate import Standing, asked
from remit.quantities import BadInput
from remit.web import chair, curve, dialogs, happened, kept
from remit.web.guard import opens
from remit.web.request import Request

CONTROL = {
    "csrfmiddlewaretoken",
    "client_id",
    "account",
    "late_s",
    "second_email",
    "second_password",
    "second_code",
    "at_time",
    "dialog",
}
"""What a form carries beside the entry itself."""
STRENGTH = "_mg_per_ml"
"""A field of this ending holds the number of a strength; the entry says it with its unit."""
LATE_S = 45
"""A form sent so long after it was filled in (the network was cut) keeps the time at which it was filled in."""
HALF_A_DAY = timedelta(days=1) / 2
ANEW = "new_"
FORGED = ("source", f"{ANEW}source")
"""What only an act enters, never a form."""


@require_safe
@opens("open_at_chair")
def session(request: Request, session_id: UUID) -> HttpResponse:
    """The whole page."""
    now = clock.now()
    opened, around = chairside.open_at_chair(request.actor, session_id, now)
    found = _live(request, opened) | _dialogs(request, opened, around) | {"around": around, "order": around.order}
    return render(request, "session/page.html", found | {"stream": f"/live/session/{session_id}"})


@require_safe
@opens("poll_session")
def live(request: Request, session_id: UUID) -> HttpResponse:
    """The part of the page that changes by itself."""
    opened = sessions.poll_session(request.actor, session_id, clock.now())
    return render(request, "session/live.html", _live(request, opened))


@require_POST
@opens("add_entry")
def enter(request: Request, session_id: UUID) -> HttpResponse:
    """Enter what happened. A refusal says every reason beside the form, which keeps what was typed."""
    try:
        entered = _enter(request, session_id)
    except (BadInput, Refused) as error:
        reasons = error.reasons if isinstance(error, Refused) else (str(error),)
        return _refused(request, reasons, ())
    if not entered.accepted:
        return _refused(request, entered.reasons, entered.needs)
    opened = sessions.poll_session(request.actor, session_id, clock.now())
    remarks = [chair.plain(reason) for reason in entered.reasons]
    answer = render(request, "session/live.html", _live(request, opened) | {"remarks": remarks})
    answer["HX-Trigger"] = json.dumps({"entered": {"client_id": request.POST["client_id"]}})
    return answer


def _enter(request: Request, session_id: UUID) -> sessions.Entered:
    sent = request.POST
    if sent.get("account") != str(request.actor.account_id):
        raise Refused("add_entry", ["Somebody else typed this. Only the account that typed it can send it."])
    try:
        client_id = UUID(sent.get("client_id", ""))
    except ValueError:
        raise BadInput("client_id: the page's own id is needed; reload the page") from None
    now = clock.now()
    entry = entry_of(sent.dict(), now)
    return sessions.add_entry(request.actor, session_id, client_id, entry, now, _second(request))


def entry_of(sent: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The entry that a form wrote down; empty fields were not filled in."""
    held = {key: value.strip() for key, value in sent.items() if key not in CONTROL and value.strip()}
    for key in [key for key in held if key.endswith(STRENGTH)]:
        held[key.removesuffix(STRENGTH)] = f"{held.pop(key)} mg/mL"
    for key in FORGED:
        if key in held:
            raise BadInput(f"{key}: a monitor's message says it, nobody types it")
    anew = {key.removeprefix(ANEW): held.pop(key) for key in list(held) if key.startswith(ANEW)}
    if taken := _taken_at(sent, now):
        (anew if held.get("kind") == "correct" else held)["taken_at"] = taken.isoformat()
    return held | ({"entry": anew} if held.get("kind") == "correct" else {})


def _taken_at(sent: Mapping[str, Any], now: datetime) -> datetime | None:
    """When it happened: at the time of day that was typed, or when a late form was filled in.

    A time that is still to come was yesterday's only where that is the nearer of the two, as after midnight.
    """
    typed = sent.get("at_time", "").strip()
    if typed:
        try:
            wanted = time.fromisoformat(typed)
        except ValueError:
            raise BadInput(f"time: hours and minutes such as 14:05 are needed, not {typed!r}") from None
        local = localtime(now)
        moment = local.replace(hour=wanted.hour, minute=wanted.minute, second=0, microsecond=0)
        if moment <= local:
            return moment
        if moment - local < HALF_A_DAY:
            raise BadInput(f"time: up to {local:%H:%M} is possible, not {typed}")
        return moment - timedelta(days=1)
    late = sent.get("late_s") or 0
    try:
        return now - timedelta(seconds=float(late)) if float(late) > LATE_S else None
    except (ValueError, OverflowError):
        raise BadInput(f"late_s: seconds since the form was filled in are needed, not {late!r:.40}") from None


def _second(request: Request) -> Actor | None:
    email, password = request.POST.get("second_email", ""), request.POST.get("second_password", "")
    if not (email.strip() or password):
        return None
    code = request.POST.get("second_code", "")
    return confirm_second(request.actor, email, password, chairside.TREATING, request, code=code)


def _refused(request: Request, reasons: tuple[str, ...], needs: tuple[str, ...]) -> HttpResponse:
    said = [chair.plain(reason) for reason in reasons]
    answer = render(request, "session/refused.html", {"reasons": said, "needs": needs}, status=422)
    dialog = request.POST.get("dialog", "")
    answer["HX-Retarget"] = f"#refused-{dialog}" if dialog.replace("-", "").isalnum() else "#refused-live"
    answer["HX-Reswap"] = "innerHTML"
    return answer


def _live(request: Request, opened: Opened) -> dict[str, Any]:
    """What the part that changes by itself shows."""
    seen, loaded = opened.view, opened.loaded
    treats, address = request.actor.is_a("prescriber", "nurse"), reverse("session", args=[loaded.row.pk])
    may = {name: ACTS[name].allows(request.actor, loaded.row) for name in ("add_entry", "sign_session") if name in ACTS}
    return {
        "opened": opened,
        "seen": seen,
        "row": loaded.row,
        "patient": loaded.row.patient,
        "plan": loaded.plan,
        "grid": kept.grid(chair.grid(seen, loaded.plan.rules)),
        **_curve(opened),
        "happened": kept.happened(tuple(happened.lines(opened)), address, corrects=treats),
        "discrepancies": happened.discrepancies(opened),
        "track": _track(opened),
        "may": may,
        "is_prescriber": request.actor.is_a("prescriber"),
        "treats": treats,
        "done": seen.state.terminal,
        "step": step(opened),
        "discharge_checks": loaded.plan.rules.recovery.asked,
        "gate": _gate(opened),
        "checked": sessions.answers(loaded),
        **_typing(request, loaded.row.pk),
    }


def _curve(opened: Opened) -> dict[str, Any]:
    """The curve, and behind it what the model expects if that is known already; nothing is computed here."""
    asked = asked_of(opened)
    effects = known(asked)
    drawn = curve.curve(opened, get_current_timezone(), effects)
    return {"curve": drawn, "effects": effects, "band_wanted": asked is not None and effects is None}


def _typing(request: Request, session_id: UUID) -> dict[str, Any]:
    """What every form of an entry needs: who types, and where it is sent."""
    return {"account": request.actor.account_id, "enter": reverse("session-enter", args=[session_id])}


DECIDED = (Standing.NEEDS_REASON, Standing.NEEDS_SECOND_PRESCRIBER)
MEASURED = {"blood_pressure": "vitals", "spo2": "vitals", "sedation": "scale"}
"""What the gate asks to be measured, and the dialog in which it is entered."""


def _gate(opened: Opened) -> list[dict[str, Any]]:
    """Each demand of the gate, in words, with who answered it and when; what a prescriber decides stands first."""
    answered = {
        held.id: {
            "who": opened.names.get(held.account or "", held.by.value),
            "at": held.occurred,
            "reason": held.reason,
        }
        for held in opened.loaded.session.standing.values()
        if isinstance(held, Check)
    }
    rules = opened.loaded.plan.rules.checks
    return [
        {
            "demand": demand,
            "words": chair.asked_words(demand.id),
            "detail": rules[demand.id].text if demand.id in rules else "",
            "source": demand.source if demand.source.keys else None,
            "waivable": demand.id in rules and rules[demand.id].waivable,
            "asked": demand.id in asked(opened.loaded.plan),
            "measure": MEASURED.get(demand.id, ""),
            "answer": answered.get(demand.id),
        }
        for demand in sorted(opened.view.demands, key=lambda demand: demand.standing not in DECIDED)
    ]


def step(opened: Opened) -> str:
    """Which part of the session is at hand: gate, prepare, dose, running, observe, over."""
    seen = opened.view
    if seen.state.terminal:
        return "over"
    if seen.state is State.SCHEDULED:
        return "arrive"
    if seen.dose_state in (DoseState.RUNNING, DoseState.PAUSED):
        return "running"
    if seen.state in (State.OBSERVING, State.READY):
        return "observe"
    if seen.state in (State.CLEARED, State.DOSING):
        return "prepare" if opened.loaded.plan.requires_preparation and not sessions.prepared(opened.loaded) else "dose"
    return "gate"


def _track(opened: Opened) -> dict[str, Any] | None:
    """Minutes since the dose, on the way to the release."""
    seen = opened.view
    if seen.first_dose_at is None:
        return None
    end = seen.ended_at or seen.asof
    since = (end - seen.first_dose_at).total_seconds() / 60
    release = seen.release_not_before
    whole = (release - seen.first_dose_at).total_seconds() / 60 if release else None
    return {"minutes": since, "whole": whole, "left": whole - since if whole is not None else None}


def _dialogs(request: Request, opened: Opened, around: Around) -> dict[str, Any]:
    """What the dialogs offer, and those drawn that are alike for every session."""
    plan = opened.loaded.plan
    typing = _typing(request, opened.loaded.row.pk)
    prescribes = request.actor.is_a("prescriber")
    drawn = dialogs.alike(plan.rules, around.scales, spray=plan.spray, is_prescriber=prescribes, **typing)
    return dialogs.of_session(plan.rules) | {"dialogs_alike": drawn}


@require_safe
@opens("add_entry")
def correct(request: Request, session_id: UUID, index: int) -> HttpResponse:
    """The form that says an entry anew; both stay in the record."""
    opened = sessions.poll_session(request.actor, session_id, clock.now())
    line = next((one for one in happened.lines(opened) if one.index == index and one.correctable), None)
    if line is None:
        return _refused(request, (f"entry {index + 1}: there is none that can be corrected",), ())
    found = {"line": line, "row": opened.loaded.row, "results": list(Result), **_typing(request, session_id)}
    return render(request, "session/correct.html", found | {"severities": list(Severity)})


urlpatterns = [
    path("sessions/<uuid:session_id>/", session, name="session"),
    path("sessions/<uuid:session_id>/live/", live, name="session-live"),
    path("sessions/<uuid:session_id>/enter/", enter, name="session-enter"),
    path("sessions/<uuid:session_id>/correct/<int:index>/", correct, name="session-correct"),
]
