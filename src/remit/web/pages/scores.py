"""Scores: a person's curve on one scale with doses and definitions, its table and files, and recording a scale."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.timezone import localdate, localtime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from remit.acts import assessments, curve, risk
from remit.acts.clock import now
from remit.acts.core import ACTS
from remit.acts.curve import Curve, Dosed, Point, ScoredCourse, ToFill
from remit.acts.forecasting import Shown, ask_forecast, show_forecast
from remit.quantities import BadInput
from remit.web.charts.course import CourseCurve, Expected, Score, course_chart
from remit.web.files import csv_file, svg_file
from remit.web.forecast_view import AskForm, drawn
from remit.web.forecast_view import context as forecast_context
from remit.web.guard import opens
from remit.web.pages.patients import SECTIONS, sections
from remit.web.refusals import said
from remit.web.request import Request
from remit.web.scale_form import ScaleForm

SECTIONS.append(("Scores", "scores", "show_scores"))

MODES = {
    "paper": "on paper",
    "spoken": "spoken",
    "link": "by link",
    "account": "in the own account",
    "session": "in a session",
}


class ReasonForm(forms.Form):
    """Why a row is taken back."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(label="Why it does not belong here", max_length=300)


@require_safe
@opens("show_scores")
def scores(request: Request, patient_id: UUID) -> HttpResponse:
    """The person's curve on one scale."""
    return page_of(request, _curve(request, patient_id, request.GET.get("scale", "")))


def page_of(request: Request, held: Curve, asked: AskForm | None = None) -> HttpResponse:
    """The page of a curve; with what was refused of a forecast that was asked for."""
    patient_id = held.patient.pk
    told = _told(request, held)
    may = {name: ACTS[name].allows(request.actor, held.patient) for name in ("record_assessment", "create_link")}
    may["correct_assessment"] = ACTS["correct_assessment"].allows(request.actor)
    found = {
        **view_of(held, drawn(told)),
        **forecast_context(request, held, told, asked),
        "may": may,
        "others": curve.recordable(),
        "sections": sections(request, patient_id, "scores"),
    }
    return render(request, "scores/scores.html", found, status=422 if asked is not None else 200)


def _told(request: Request, held: Curve) -> Shown | None:
    """The person's forecast, for whoever may see it."""
    if not ACTS["show_forecast"].allows(request.actor, held.patient):
        return None
    read = ScoredCourse(held.points, held.withdrawn, held.doses)
    return show_forecast(request.actor, held.patient.pk, held.scale.id, read)


@require_POST
@opens("store_forecast")
def ask(request: Request, patient_id: UUID) -> HttpResponse:
    """Ask for a forecast; it is computed, kept, and shown with the curve."""
    form = AskForm(request.POST)
    if form.is_valid():
        with said(form) as done:
            ask_forecast(request.actor, patient_id, form.cleaned_data["scale"], form.cleaned_data["key"])
        if done:
            return redirect(f"{_address(patient_id, form.cleaned_data['scale'])}#forecast")
    return page_of(request, _curve(request, patient_id, form.cleaned_data.get("scale", "")), form)


def view_of(held: Curve, forecast: Sequence[Expected] = ()) -> dict[str, Any]:
    """What the chart and its table show; the newest score first in the table."""
    return {
        "curve": held,
        "patient": held.patient,
        "chart": chart_of(held, forecast),
        "rows": [
            (point, MODES.get(point.mode, point.mode), risks(point), not_known(point))
            for point in reversed(held.points)
        ],
        "judgements": [one for one in held.outcome.judgements if one.defined is not None],
    }


def chart_of(held: Curve, forecast: Sequence[Expected] = ()) -> SafeString:
    """The course chart, and behind it the forecast where one is shown."""
    whole = held.scale.total.value if held.scale.total else None
    item = held.scale.items[(held.scale.level_item or 1) - 1]
    points = [Score(localdate(point.at), point.total, bool(risks(point))) for point in held.points]
    baseline = held.outcome.baseline
    return course_chart(
        CourseCurve(
            scale=held.scale.id,
            scores=points,
            doses=[localdate(dose.at) for dose in held.doses],
            lowest=whole.low if whole else item.low,
            highest=whole.high if whole else item.high,
            today=localdate(now()),
            baseline=baseline.value if baseline else None,
            response_at=held.response_at,
            remission_max=held.remission_max,
            forecast=forecast,
        ),
        name=f"course-{held.scale.id.lower()}",
    )


def risks(point: Point) -> str:
    """What alarmed, in a few words."""
    return ", ".join(
        f"item {one['item']}: {one['value']}" if one["item"] else f"total {one['value']}" for one in point.alerts
    )


def not_known(point: Point) -> str:
    """Which question on suicide the score leaves open, in a few words."""
    return f"item {', '.join(map(str, point.unknown))} not answered" if point.unknown else ""


def _curve(request: Request, patient_id: UUID, scale_id: str) -> Curve:
    try:
        return curve.show_scores(request.actor, patient_id, scale_id)
    except BadInput as error:
        raise Http404(str(error)) from error


@require_safe
@opens("show_scores")
def scores_csv(request: Request, patient_id: UUID) -> HttpResponseBase:
    """The table as a file: scores and doses in the order of time, and the forecast after them."""
    held = _curve(request, patient_id, request.GET.get("scale", ""))
    return csv_of(held, drawn(_told(request, held)))


COLUMNS = ("at", "kind", "scale", "total", "complete", "answered", "items", "band", "alerts", "how", "by", "session",
           "dose_mg", "reason_of_correction", "low", "high")  # fmt: skip


def csv_of(held: Curve, forecast: Sequence[Expected] = ()) -> HttpResponseBase:
    """Every score and dose of the curve, in clinic time; of a forecast the day, the median and the band."""
    said = [*map(partial(_score_row, held), held.points), *map(_dose_row, held.doses)]
    ordered = sorted(said, key=lambda row: row["at"])
    for one in ordered:
        one["at"] = localtime(one["at"]).isoformat(timespec="minutes")
    ordered += [
        {"at": one.on.isoformat(), "kind": "forecast", "scale": held.scale.id, "total": one.median, "low": one.low,
         "high": one.high}
        for one in forecast
    ]  # fmt: skip
    rows = [[row.get(name) for name in COLUMNS] for row in ordered]
    return csv_file(f"{held.patient.mrn}-{held.scale.id}", COLUMNS, rows)


def _score_row(held: Curve, point: Point) -> dict[str, Any]:
    alarms = ", ".join(filter(None, (risks(point), not_known(point))))
    return {
        "at": point.at, "kind": "score", "scale": held.scale.id, "total": point.total,
        "complete": "yes" if point.complete else "no", "answered": point.answered, "items": held.scale.length,
        "band": point.band, "alerts": alarms, "how": point.mode, "by": point.by, "session": point.session,
        "reason_of_correction": point.row.reason if point.row else "",
    }  # fmt: skip


def _dose_row(dose: Dosed) -> dict[str, Any]:
    return {"at": dose.at, "kind": "dose", "session": dose.session, "dose_mg": dose.mg}


@require_safe
@opens("show_scores")
def scores_svg(request: Request, patient_id: UUID) -> HttpResponse:
    """The chart as a file."""
    held = _curve(request, patient_id, request.GET.get("scale", ""))
    return svg_file(f"{held.patient.mrn}-{held.scale.id}", chart_of(held, drawn(_told(request, held))))


@require_http_methods(["GET", "POST"])
@opens("record_assessment")
def record(request: Request, patient_id: UUID, scale_id: str) -> HttpResponse:
    """Record a scale from paper, or as it was spoken."""
    held = _of_scale(request, patient_id, scale_id)
    form = ScaleForm(held.scale, held.wording, request.POST or None, by_item="items" in request.GET)
    if request.method == "POST" and form.is_valid():
        with said(form) as done:
            made = assessments.record_assessment(
                request.actor, patient_id, scale_id, form.given(), form.cleaned_data["taken_at"],
                form.cleaned_data["client_id"], form.cleaned_data["mode"],
            )  # fmt: skip
        if done:
            tell(request, made)
            return redirect(_address(patient_id, scale_id))
    so_far = reverse("preview-score", args=[patient_id, scale_id]) + ("?items=1" if "items" in request.GET else "")
    return _form_page(request, held, form, "scores/record.html", preview=so_far)


@require_POST
@opens("preview_score")
def preview(request: Request, patient_id: UUID, scale_id: str) -> HttpResponse:
    """What the answers typed so far come to."""
    held = curve.show_scale(request.actor, patient_id, scale_id)
    form = ScaleForm(held.scale, held.wording, request.POST, by_item="items" in request.GET)
    form.is_valid()
    score = None
    try:
        score = assessments.preview_score(request.actor, patient_id, scale_id, form.given())
    except BadInput as error:
        return render(request, "scores/so_far.html", {"refusal": str(error)})
    return render(request, "scores/so_far.html", {"score": score})


@require_http_methods(["GET", "POST"])
@opens("correct_assessment")
def correct(request: Request, patient_id: UUID, row_id: UUID) -> HttpResponse:
    """Correct a score: what stood there stays, and the new row says why."""
    held = _of_row(request, patient_id, row_id)
    form = _correction(held, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with said(form) as done:
            made = assessments.correct_assessment(
                request.actor, row_id, form.given(), form.cleaned_data["taken_at"], form.cleaned_data["reason"],
                form.cleaned_data["client_id"],
            )  # fmt: skip
        if done:
            tell(request, made)
            return redirect(_address(patient_id, held.scale.id))
    return _form_page(request, held, form, "scores/correct.html", row=held.row, reason_form=_reason_form())


@require_POST
@opens("withdraw_assessment")
def withdraw(request: Request, patient_id: UUID, row_id: UUID) -> HttpResponse:
    """Take a row back that never belonged to this person."""
    held = _of_row(request, patient_id, row_id)
    reason_form = ReasonForm(request.POST, prefix="withdraw")
    if reason_form.is_valid():
        with said(reason_form) as done:
            assessments.withdraw_assessment(
                request.actor, row_id, reason_form.cleaned_data["reason"], reason_form.cleaned_data["client_id"]
            )
        if done:
            messages.success(request, f"{held.scale.id} was taken back; it stays on record, struck through.")
            return redirect(_address(patient_id, held.scale.id))
    form = _correction(held, None)
    return _form_page(request, held, form, "scores/correct.html", row=held.row, reason_form=reason_form)


def tell(request: Request, made: assessments.Recorded) -> None:
    """Say what was recorded, and what a risky answer set going."""
    score, row = made.score, made.assessment
    so_far = f"{score.answered} of {score.items} answered, no total"
    band = f", {score.band.replace('_', ' ')}" if score.band else ""
    messages.success(
        request, f"{row.scale_id} recorded: {f'total {score.total}' if score.total is not None else so_far}{band}."
    )
    if made.task is not None:
        messages.warning(request, f"{made.task.subject}: a task is open for {risk.waits_for(made.task)}.")
    missing = score.alert_items_missing
    if missing and (made.task is None or made.task.kind != risk.LEFT_OUT):
        items = ", ".join(str(n) for n in missing)
        messages.warning(request, f"{row.scale_id} item {items} was not answered: unknown, not absent. Ask.")


def _correction(held: ToFill, typed: Any) -> ScaleForm:
    by_item = held.row is not None and not held.row.total_only
    return ScaleForm(held.scale, held.wording, typed, initial=_initial(held.row), correcting=True, by_item=by_item)


def _of_row(request: Request, patient_id: UUID, row_id: UUID) -> ToFill:
    held = curve.show_assessment(request.actor, row_id)
    if held.patient.pk != patient_id:
        raise Http404("this row belongs to another person")
    return held


def _initial(row: Any) -> dict[str, Any]:
    items = {f"item_{n}": "" if answer is None else str(answer) for n, answer in enumerate(row.answers, start=1)}
    unscored = {f"unscored_{key}": value for key, value in row.unscored.items()}
    total = int(row.total) if row.total is not None else None
    return {**items, **unscored, "total": total, "taken_at": localtime(row.taken_at)}


def _reason_form() -> ReasonForm:
    return ReasonForm(prefix="withdraw", initial={"client_id": uuid4()})


def _of_scale(request: Request, patient_id: UUID, scale_id: str) -> ToFill:
    try:
        return curve.show_scale(request.actor, patient_id, scale_id)
    except BadInput as error:
        raise Http404(str(error)) from error


def _form_page(request: Request, held: ToFill, form: ScaleForm, template: str, **more: Any) -> HttpResponse:
    found = {
        "held": held,
        "patient": held.patient,
        "form": form,
        "back": _address(held.patient.pk, held.scale.id),
        "sections": sections(request, held.patient.pk, "scores"),
        **more,
    }
    refused = form.errors or (more.get("reason_form") and more["reason_form"].errors)
    return render(request, template, found, status=422 if refused else 200)


def _address(patient_id: UUID, scale_id: str) -> str:
    return f"{reverse('scores', args=[patient_id])}?{urlencode({'scale': scale_id})}"


urlpatterns = [
    path("patients/<uuid:patient_id>/scores/", scores, name="scores"),
    path("patients/<uuid:patient_id>/scores/table.csv", scores_csv, name="scores-csv"),
    path("patients/<uuid:patient_id>/scores/chart.svg", scores_svg, name="scores-svg"),
    path("patients/<uuid:patient_id>/scores/forecast/", ask, name="ask-forecast"),
    path("patients/<uuid:patient_id>/scores/record/<slug:scale_id>/", record, name="record-scale"),
    path("patients/<uuid:patient_id>/scores/record/<slug:scale_id>/so-far/", preview, name="preview-score"),
    path("patients/<uuid:patient_id>/scores/<uuid:row_id>/correct/", correct, name="correct-score"),
    path("patients/<uuid:patient_id>/scores/<uuid:row_id>/withdraw/", withdraw, name="withdraw-score"),
]
