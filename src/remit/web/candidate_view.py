"""What the candidate's templates get: the candidate on one protocol, the forms, and who may do what."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate

from remit.acts import candidate as acts
from remit.acts.candidate import Aim, Asked, Candidate, Typed, choices
from remit.acts.clock import now
from remit.acts.core import ACTS
from remit.acts.facts import ALLERGIES, ECT_FAILED, MEDICATIONS
from remit.acts.screening import checked_vitals, may_be_decided
from remit.pathway.referral import Setting, Vitals
from remit.web.candidate_forms import (
    AllergyForm,
    DecisionForm,
    EpisodeCorrectionForm,
    EpisodeForm,
    MedicationForm,
    TrialForm,
    TwoPersonForm,
    VitalsForm,
)
from remit.web.pages.patients import sections
from remit.web.refusals import said
from remit.web.request import Request

PAGE = "candidate/page.html"
_MAY = {
    "take": "record_trial",
    "screen": "save_screening",
    "decide": "decide_finding",
}


def look(
    request: Request, patient_id: UUID, *, opened: bool = False, typed: Typed | None = None, **others: Any
) -> dict[str, Any]:
    """Everything that a template of this page may show. `opened`: the page was opened, which is kept in the trail."""
    aim, vitals_form = _aim(request)
    trial_form = TrialForm(prefix="trial", initial={"key": uuid4()})
    if others.get("typing"):
        trial_form.fields["drug"].widget.attrs["autofocus"] = True
    if opened:
        candidate = acts.open_candidate(request.actor, patient_id, aim)
    else:
        candidate = acts.weigh_candidate(request.actor, patient_id, aim, typed)
    return {
        "candidate": candidate,
        "patient": candidate.patient,
        "sections": sections(request, patient_id, "candidate"),
        "query": urlencode({"protocol": candidate.protocol.id, "setting": candidate.aim.setting}),
        "choices": choices(),
        "may": {name: ACTS[act].allows(request.actor, candidate.patient) for name, act in _MAY.items()},
        "counted": counted(candidate),
        "groups": groups(candidate),
        "ect": ask(candidate, ECT_FAILED),
        "questions": [ask(candidate, one.question.id) for one in candidate.questions],
        "decidable": decidable(candidate, others.get("refused_form"), others.get("refused_place")),
        "missing": [one for one in candidate.reasons if one.unknown],
        "unknown_paths": {one.finding.path for one in candidate.reasons if one.unknown},
        "vitals_form": vitals_form or VitalsForm(initial=_measured(candidate.aim.vitals), prefix="vitals"),
        "trial_form": trial_form,
        "episode_form": _episode_form(candidate),
        "new_episode_form": EpisodeForm(prefix="new", initial={"key": uuid4()}),
        "allergy_form": AllergyForm(prefix="allergy", initial={"key": uuid4()}),
        "medication_form": MedicationForm(prefix="medication", initial={"key": uuid4()}),
        "key": uuid4(),
        "today": localdate(now()),
        **others,
    }


def _aim(request: Request) -> tuple[Aim, VitalsForm | None]:
    """Protocol and setting from the address, and what is typed of the vitals; impossible vitals are not used."""
    protocol, setting = request.GET.get("protocol", ""), request.GET.get("setting", Setting.OUTPATIENT.value)
    if not any(name.startswith("vitals-") for name in request.POST):
        return Aim(protocol, setting), None
    form = VitalsForm(request.POST, prefix="vitals")
    vitals = Vitals()
    if form.is_valid():
        with said(form):
            vitals = checked_vitals(form.vitals()) or Vitals()
    return Aim(protocol, setting, vitals), form


def _measured(vitals: Vitals | None) -> dict[str, float | None]:
    return {name: getattr(vitals, name) for name, _ in choices().vitals} if vitals else {}


def _episode_form(candidate: Candidate) -> forms.Form:
    episode = candidate.episode
    if episode is None:
        return EpisodeForm(prefix="episode", initial={"key": uuid4()})
    held = {name: getattr(episode, name) for name in ("indication", "icd10", "episode_start", "severity")}
    return EpisodeCorrectionForm(prefix="episode", initial={**held, "key": uuid4()})


def counted(candidate: Candidate) -> dict[str, Any]:
    """How many trials count, by either family of forms."""
    history = candidate.screening.history
    return {
        "trials": len(history.trials),
        "counts": history.resistant_trials,
        "athf": history.resistant_trials_athf,
        "differ": history.resistant_trials != history.resistant_trials_athf,
        "needed": candidate.indication.min_failed_trials if candidate.indication else None,
    }


def groups(candidate: Candidate) -> list[dict[str, Any]]:
    """The reasons in groups, the worst first; what was not asked stands after what was found."""
    known = [one for one in candidate.reasons if not one.unknown]
    found = [
        ("block", "Blocks", "blocked", [one for one in known if one.finding.action == "block"]),
        (
            "ask",
            "The prescriber decides",
            "review",
            [one for one in known if one.finding.action == "prescriber_review"],
        ),
        ("unknown", "Not known yet", "again", [one for one in candidate.reasons if one.unknown]),
        ("warn", "Warnings", "note", [one for one in known if one.finding.action == "warn"]),
        ("record", "For the record", "note", [one for one in known if one.finding.action == "record"]),
    ]
    return [
        {"id": id, "words": words, "icon": icon, "reasons": held, "open": id in ("block", "ask", "unknown")}
        for id, words, icon, held in found
        if held
    ]


def ask(candidate: Candidate, fact: str) -> dict[str, Any]:
    """One question as its template shows it."""
    held = next((one for one in candidate.questions if one.question.id == fact), None)
    if held is not None:
        return _question(held, candidate)
    return {
        "id": fact,
        "name": _LISTS.get(fact, fact),
        "text": "",
        "said": getattr(candidate, _SAID[fact]),
        "answer": candidate.answers.get(fact),
        "required": False,
        "unknown": False,
        "question": None,
    }


_LISTS = {ECT_FAILED: "A course of electroconvulsive therapy (ECT) was given and failed"}
_SAID = {ECT_FAILED: "ect", ALLERGIES: "no_allergies", MEDICATIONS: "no_medications"}


def _question(held: Asked, candidate: Candidate) -> dict[str, Any]:
    question = held.question
    return {
        "id": question.id,
        "name": question.name,
        "text": question.text,
        "said": held.said,
        "answer": held.answer,
        "required": question.required,
        "unknown": any(one.unknown and one.finding.path == question.path for one in candidate.reasons),
        "question": question,
    }


def decidable(candidate: Candidate, refused_form: forms.Form | None, refused_place: int | None) -> list[dict[str, Any]]:
    """The reasons of the kept screening that a prescriber decides on, with what was decided."""
    kept = candidate.kept
    if kept is None:
        return []
    still = {(one.id, one.text) for one in candidate.standing.open}
    return [
        {
            "place": place,
            "finding": held,
            "name": acts.names().get(held["path"], ""),
            "decision": kept.decisions.get(held["id"]),
            "holds": (held["id"], held["text"]) in still,
            "form": refused_form if place == refused_place and refused_form else decision_form(held, place),
        }
        for place, held in enumerate(kept.record.findings)
        if may_be_decided(held)
    ]


def decision_form(finding: dict[str, Any], place: int, sent: Any = None) -> DecisionForm:
    """The form of a decision; with a second prescriber where two decide."""
    return (TwoPersonForm if finding["two_person"] else DecisionForm)(sent, prefix=f"decide-{place}")


def page(request: Request, found: dict[str, Any], status: int = 200) -> HttpResponse:
    """The whole page."""
    return render(request, PAGE, found, status=status)


def changed(request: Request, patient_id: UUID, part: str, anchor: str, **others: Any) -> HttpResponse:
    """After a change: the part that changed with the verdict beside it, or for a plain form the page again."""
    found = look(request, patient_id, **others)
    if not request.htmx:
        return redirect(f"{reverse('candidate', args=[patient_id])}?{found['query']}#{anchor}")
    return render(request, "candidate/changed.html", found | {"part": f"candidate/{part}.html"})


def refused(request: Request, patient_id: UUID, part: str, **others: Any) -> HttpResponse:
    """After a refusal: the part with everything typed and the reason next to its field."""
    found = look(request, patient_id, **others)
    if not request.htmx:
        return page(request, found, status=422)
    return render(request, f"candidate/{part}.html", found, status=422)
