"""The treatment history on paper, for prior authorisation: a page to print, and the same as PDF."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from remit.acts.history_paper import HistoryPaper, PaperTrial, print_history
from remit.web.candidate_forms import OUTCOMES, in_words
from remit.web.guard import opens
from remit.web.pages.candidate import plainly
from remit.web.request import Request
from remit.web.sheet.data import Fact, HistoryData, ScaleLine, Staging, TrialLine
from remit.web.sheet.pdf import history_pdf

TITLE = "Treatment history"
ECT = {"yes": "given and failed", "no": "no failed course", "not_asked": None}


@require_safe
@opens("print_history")
@plainly
def show(request: Request, patient_id: UUID) -> HttpResponse:
    """The history as a page to print."""
    paper = print_history(request.actor, patient_id, request.GET.get("protocol", ""))
    found = {"paper": paper, "facts": facts(paper), "staging": staging(paper), "patient": paper.candidate.patient}
    return render(request, "candidate/history_paper.html", found)


@require_safe
@opens("print_history")
@plainly
def pdf(request: Request, patient_id: UUID) -> HttpResponse:
    """The same as PDF."""
    paper = print_history(request.actor, patient_id, request.GET.get("protocol", ""))
    name = f"treatment-history-{paper.candidate.patient.mrn}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{_plain(name)}"'}
    return HttpResponse(history_pdf(data(paper)), content_type="application/pdf", headers=headers)


def _plain(name: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in ".-") else "-" for letter in name)


def facts(paper: HistoryPaper) -> list[Fact]:
    """Diagnosis, episode, ECT and the treatment that is asked for."""
    candidate = paper.candidate
    episode = candidate.episode
    return [
        {"label": "Diagnosis", "value": candidate.indication.name if candidate.indication else None},
        {"label": "ICD-10", "value": episode.icd10 if episode and episode.icd10 else None},
        {"label": "Episode since", "value": _day(episode.episode_start) if episode else None},
        {"label": "Severity", "value": in_words(episode.severity) if episode and episode.severity else None},
        {"label": "Electroconvulsive therapy", "value": ECT[candidate.ect]},
        {"label": "Treatment asked for", "value": candidate.protocol.name},
    ]


def _day(day: object) -> str | None:
    return f"{day:%d %b %Y}".lstrip("0") if day else None


def staging(paper: HistoryPaper) -> list[Staging]:
    """Both methods with the items that make them."""
    screening = paper.candidate.screening
    maudsley, thase = screening.maudsley, screening.thase_rush
    total = f"{maudsley.total} ({maudsley.band})" if maudsley.total is not None else None
    return [
        {
            "method": "Maudsley staging method",
            "result": total,
            "items": [
                {"label": in_words(name), "value": None if points is None else str(points)}
                for name, points in maudsley.items
            ],
        },
        {
            "method": "Thase and Rush",
            "result": f"stage {thase.stage}" if thase.stage else None,
            "items": [{"label": "means", "value": thase.text}] if thase.text else [],
        },
    ]


def data(paper: HistoryPaper) -> HistoryData:
    """The history as the printed paper takes it."""
    candidate, clinic = paper.candidate, paper.clinic
    patient, history = candidate.patient, candidate.screening.history
    address = ", ".join(
        filter(None, [clinic.address_line_1, clinic.address_line_2, clinic.city, clinic.state, clinic.postal_code])
    )
    return {
        "clinic": {"name": clinic.name, "zone": clinic.zone, "address": address or None},
        "patient": {
            "name": f"{patient.given_name} {patient.family_name}",
            "birth_date": patient.birth_date,
            "identifier": patient.mrn,
            "sex": patient.sex or None,
        },
        "print": {
            "printed_at": paper.printed_at,
            "printed_by": paper.printed_by,
            "paper": "us-letter" if clinic.country in LETTER else "a4",
            "synthetic": clinic.synthetic,
        },
        "title": TITLE,
        "subtitle": "for prior authorisation",
        "facts": facts(paper),
        "trials": [_trial(one) for one in paper.trials],
        "resistant_trials": history.resistant_trials,
        "trials_rule": paper.rule,
        "staging": staging(paper),
        "scales": _scales(paper),
        "statements": statements(paper),
        "signatures": [],
    }


LETTER = ("US", "CA")
"""Countries that print on letter paper."""


def statements(paper: HistoryPaper) -> list[str]:
    """What the reader must know beside the table, and the sources by their numbers."""
    history = paper.candidate.screening.history
    said = []
    if history.resistant_trials_athf != history.resistant_trials:
        said.append(f"By the shorter duration of the ATHF forms {history.resistant_trials_athf} trials count.")
    return said + [f"[{number}] {words}" for number, words in enumerate(paper.references, start=1)]


def _trial(one: PaperTrial) -> TrialLine:
    row, judged = one.tried.row, one.tried.judgement
    rule = [f"rule {', '.join(f'[{number}]' for number in one.references)}"] if one.references else []
    told = [f"told by {row.informed_by}"] if row.informed_by else []
    stopped = [f"stopped: {row.reason_stopped}"] if row.reason_stopped else []
    besides = "; ".join([*judged.besides, *stopped, *told, *rule])
    return {
        "drug": row.drug,
        "dose": None if row.dose_mg_day is None else f"{row.dose_mg_day:g} mg",
        "weeks": None if row.weeks is None else f"{row.weeks:g}",
        "added_to": row.added_to or None,
        "outcome": dict(OUTCOMES)[row.outcome],
        "counts": judged.counts,
        "reasons": [*judged.against, besides],
    }


def _scales(paper: HistoryPaper) -> list[ScaleLine]:
    return [
        {
            "at": one.assessment.taken_at,
            "scale": one.name,
            "recall": one.recall or None,
            "total": _total(one.assessment.total, one.highest),
            "band": in_words(one.assessment.band) or None,
            "by": str(one.assessment.by) if one.assessment.by else "the patient",
        }
        for one in paper.scores
    ]


def _total(total: float | None, highest: int | None) -> str | None:
    if total is None:
        return None
    return f"{total:g}/{highest}" if highest is not None else f"{total:g}"


urlpatterns = [
    path("patients/<uuid:patient_id>/history/", show, name="history-paper"),
    path("patients/<uuid:patient_id>/history.pdf", pdf, name="history-pdf"),
]
