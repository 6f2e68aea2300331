"""Audit: who read and did what, found by person, patient, act and day; whether the trail holds; as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST, require_safe

from remit.acts import trail
from remit.acts.trail import Wanted
from remit.quantities import BadInput
from remit.web.files import csv_file
from remit.web.forms import whole_number
from remit.web.guard import opens
from remit.web.pages.patients import DayInput
from remit.web.refusals import said
from remit.web.request import Request

ANCHORS = {
    "matches": "its end is anchored",
    "reanchored": "it was ahead of its anchor, as after a crash, and is anchored anew",
    "missing": "its anchor is missing",
    "behind": "it is behind its anchor",
    "broken": "its anchor cannot be read",
    "empty": "it is empty",
}
_SEALS = "kept"


class FilterForm(forms.Form):
    """What is looked for."""

    account_id = forms.CharField(label="Person", required=False, widget=forms.Select)
    patient = forms.CharField(label="Patient", required=False, max_length=60, help_text="Record number")
    action = forms.CharField(
        label="Act", required=False, max_length=60, widget=forms.TextInput(attrs={"list": "actions"})
    )
    day = forms.DateField(label="Day", required=False, widget=DayInput())

    def wanted(self) -> Wanted:
        """The filter as the act takes it."""
        held = self.cleaned_data
        return Wanted(held.get("account_id", ""), held.get("patient", ""), held.get("action", ""), held.get("day"))

    def know(self, people: list[Any]) -> None:
        """The people that may be chosen."""
        choices = [("", "everybody"), *((str(one.pk), str(one)) for one in people)]
        self.fields["account_id"].widget = forms.Select(choices=choices)


@require_safe
@opens("read_trail")
def audit(request: Request) -> HttpResponse:
    """One page of the trail."""
    form = FilterForm(request.GET)
    wanted = form.wanted() if form.is_valid() else Wanted()
    page = whole_number(request.GET.get("page", "1")) or 1
    held = None
    with said(form) as done:
        held = trail.read_trail(request.actor, wanted, page)
    if held is None:
        # The filter was refused: its reason stands beside it, above the newest rows.
        held = trail.read_trail(request.actor, Wanted(), 1)
    form.know(held.people)
    query = request.GET.copy()
    query.pop("page", None)
    found = {
        "form": form,
        "held": held,
        "rows": [(row, details(row.detail)) for row in held.rows],
        "query": query.urlencode(),
        "filtered": any(wanted.as_dict().values()),
        "anchor_words": ANCHORS.get(held.proof.anchor, held.proof.anchor) if held.proof else "",
    }
    return render(request, "audit/audit.html", found, status=200 if done and not form.errors else 422)


def details(held: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a row says beyond its columns, without the seals of what it stored."""
    said_so = [(name.replace("_", " "), _words(value)) for name, value in held.items() if name != _SEALS]
    kept = [(name, f"{len(rows)} stored") for name, rows in held.get(_SEALS, {}).items()]
    return [(name, words) for name, words in said_so if words] + kept


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_words(held)}" for name, held in value.items())
    if isinstance(value, list):
        return "; ".join(_words(held) for held in value)
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value or "")


@require_safe
@opens("export_trail")
def download(request: Request) -> HttpResponseBase:
    """Every row that fits, as a file."""
    form = FilterForm(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('audit')}?{request.GET.urlencode()}")
    try:
        rows = trail.export_trail(request.actor, form.wanted())
    except BadInput as error:
        messages.error(request, str(error))
        return redirect("audit")
    header = ("seq", "at", "person", "act", "thing", "id", "patient", "refused", "detail", "digest")
    return csv_file("audit", header, _cells(rows))


def _cells(rows: Iterator[Any]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        detail = row.detail
        yield (
            row.seq, localtime(row.at).isoformat(timespec="seconds"), str(row.account or ""), row.action,
            row.subject_type, row.subject_id, row.patient.mrn if row.patient else "",
            _words(detail.get("refused", "")), "; ".join(f"{name}: {words}" for name, words in details(detail)),
            row.digest,
        )  # fmt: skip


@require_POST
@opens("verify_trail")
def verify(request: Request) -> HttpResponse:
    """Prove the whole trail now."""
    found = trail.verify_trail(request.actor)
    if found.ok:
        messages.success(request, f"All {found.rows} rows hold: nothing was removed, altered or added.")
    else:
        messages.error(request, f"The trail does not hold: {'; '.join(found.problems[:2])}.")
    return redirect("audit")


urlpatterns = [
    path("audit/", audit, name="audit"),
    path("audit/rows.csv", download, name="audit-csv"),
    path("audit/verify/", verify, name="verify-audit"),
]
