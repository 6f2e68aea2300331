"""The stock of controlled drugs: each vial and where every milligram of it went."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from remit.acts import clock, ledger
from remit.acts.actors import Refused
from remit.acts.ledger import Stock, StrengthDoubted, VialBook
from remit.acts.second_person import SecondPerson, confirm_second
from remit.pathway.sourced import Finding
from remit.quantities import Molecule
from remit.web.forms import NumberField, second_code
from remit.web.guard import opens
from remit.web.refusals import said
from remit.web.request import Request

WITNESSES = ("nurse", "prescriber")


class Amount(NumberField):
    """An amount in its unit, typed digit by digit."""

    def __init__(self, label: str, unit: str) -> None:
        typed = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(label=label, min_value=0, widget=typed)
        self.unit = unit


class SecondForm(forms.Form):
    """The second person, who gives an own password."""

    second_email = forms.ChoiceField(label="Second person", required=False)
    second_password = forms.CharField(
        label="Their own password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    second_code = second_code()

    def __init__(self, *args: Any, request: Request, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        names = [(held.email, str(held)) for held in ledger.list_witnesses(request.actor)]
        cast(forms.ChoiceField, self.fields["second_email"]).choices = [("", "choose"), *names]

    def second(self) -> SecondPerson | None:
        """The second person, once the password is right; what is wrong stands beside the field. Null without one."""
        held = self.cleaned_data
        if not (held["second_email"] or held["second_password"]):
            return None
        try:
            return confirm_second(
                self.request.actor, held["second_email"], held["second_password"], WITNESSES, self.request,
                code=held.get("second_code", ""),
            )  # fmt: skip
        except Refused as refused:
            for reason in refused.reasons:
                self.add_error("second_password", reason)
            return None


class VialForm(SecondForm):
    """A vial as it arrives. Molecule, strength and volume are read from it, and none is filled in."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    molecule = forms.ChoiceField(
        label="Molecule", choices=[(one.value, one.value) for one in Molecule], widget=forms.RadioSelect
    )
    strength = Amount("Strength", "mg/mL")
    volume_ml = Amount("Volume", "mL")
    product = forms.CharField(label="Product", max_length=120, required=False)
    lot = forms.CharField(label="Lot", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    expiry = forms.DateField(label="Expiry", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    read_again = forms.BooleanField(label="I read the label again, and this strength stands on it", required=False)


class WasteForm(SecondForm):
    """What is left in a vial is wasted before a witness."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    mg = Amount("Wasted", "mg")
    reason = forms.CharField(
        label="Reason", max_length=300, help_text="Such as expired, broken or opened too long ago."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("second_email", "second_password"):
            self.fields[name].required = True
        self.fields["second_email"].label = "Witness"


@require_safe
@opens("see_stock")
def stock(request: Request) -> HttpResponse:
    """Every vial that holds something or does not add up, what expires first in front; on request all."""
    held = ledger.see_stock(request.actor, localdate())
    everything = "all" in request.GET
    shown = held if everything else [one for one in held if _is_open(one)]
    found = {"vials": shown, "total": len(held), "everything": everything, "open": _open(held)}
    return render(request, "stock/list.html", found)


def _is_open(one: Stock) -> bool:
    return one.left > 0 or bool(one.discrepancies)


def _open(held: Iterable[Stock]) -> int:
    return sum(bool(one.discrepancies) for one in held)


@require_http_methods(["GET", "HEAD", "POST"])
@opens("receive_vial")
def receive(request: Request) -> HttpResponse:
    """Take a vial into the stock."""
    form = VialForm(request.POST or None, request=request, initial={"key": uuid4()})
    doubt = None
    if form.is_valid():
        second = form.second()
        if form.is_valid():
            with said(form) as done:
                doubt = _receive(request, form.cleaned_data, second)
            if done and doubt is None:
                messages.success(request, f"Lot {form.cleaned_data['lot']} is in the stock.")
                return redirect("stock")
    asks_again = doubt is not None or "read_again" in request.POST
    found = {"form": form, "doubt": doubt, "asks_again": asks_again}
    return render(request, "stock/receive.html", found, status=422 if form.errors or doubt else 200)


def _receive(request: Request, held: dict[str, Any], second: SecondPerson | None) -> Finding | None:
    """Take the vial in; what is odd about its strength until the label was read again."""
    try:
        ledger.receive_vial(
            request.actor,
            held["key"],
            clock.now(),
            molecule=held["molecule"],
            strength=f"{held['strength']!r} mg/mL",
            volume_ml=held["volume_ml"],
            lot=held["lot"],
            expiry=held["expiry"],
            product=held["product"],
            second=second,
            read_again=held["read_again"],
        )
    except StrengthDoubted as doubted:
        return doubted.finding
    return None


@require_safe
@opens("see_vial")
def vial(request: Request, vial_id: UUID) -> HttpResponse:
    """One vial and its movements."""
    book = ledger.see_vial(request.actor, vial_id, localdate())
    return _vial(request, book, WasteForm(request=request, initial={"client_id": uuid4()}))


@require_POST
@opens("dispose_of_rest")
def waste(request: Request, vial_id: UUID) -> HttpResponse:
    """Waste what is left, before a witness."""
    book = ledger.see_vial(request.actor, vial_id, localdate())
    form = WasteForm(request.POST, request=request)
    if form.is_valid():
        second = form.second()
        if form.is_valid():
            held = form.cleaned_data
            with said(form) as done:
                ledger.dispose_of_rest(
                    request.actor, vial_id, held["client_id"], clock.now(), held["mg"], held["reason"], second
                )
            if done and second:
                words = f"{held['mg']:g} mg of lot {book.stock.vial.lot} are wasted, {second.name} saw it."
                messages.success(request, words)
                return redirect("vial", vial_id)
    return _vial(request, book, form)


def _vial(request: Request, book: VialBook, form: WasteForm) -> HttpResponse:
    found = {"stock": book.stock, "vial": book.stock.vial, "moves": book.moves, "form": form}
    return render(request, "stock/vial.html", found, status=422 if form.errors else 200)


urlpatterns = [
    path("stock/", stock, name="stock"),
    path("stock/receive/", receive, name="receive-vial"),
    path("stock/<uuid:vial_id>/", vial, name="vial"),
    path("stock/<uuid:vial_id>/waste/", waste, name="waste-vial"),
]
