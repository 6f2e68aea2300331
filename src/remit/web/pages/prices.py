"""Prices: what each item of a protocol costs from which day on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods

from remit.acts import clock, prices
from remit.web.forms import offer
from remit.web.guard import opens
from remit.web.pages.clinic import may
from remit.web.refusals import said
from remit.web.request import Request

ITEM_WORDS = {
    "session": "one session, without the drug",
    "drug": "the drug of one session",
    "assessment": "the first assessment",
    "psychotherapy_visit": "one psychotherapy visit",
}


class PriceForm(forms.Form):
    """A price and the day from which it holds."""

    protocol = forms.ChoiceField(label="Protocol")
    item = forms.ChoiceField(label="For", choices=[(item, ITEM_WORDS[item]) for item in prices.ITEMS])
    amount = forms.CharField(label="Amount", widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    currency = forms.CharField(label="Currency", max_length=3, help_text="Three letters, for example USD.")
    valid_from = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, protocols: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "protocol", protocols)


@require_http_methods(["GET", "POST"])
def show(request: Request) -> HttpResponse:
    """Every price, and a new one."""
    held = prices.list_prices(request.actor)
    form = PriceForm(held.protocols, request.POST or None, initial={"valid_from": clock.now().date()})
    if form.is_valid():
        given = form.cleaned_data
        with said(form) as done:
            prices.set_price(
                request.actor,
                given["protocol"],
                given["item"],
                given["amount"],
                given["currency"],
                given["valid_from"],
            )
        if done:
            messages.success(request, "The price is set; the one before stays on record.")
            return redirect("prices")
    names = dict(held.protocols)
    rows = [
        {
            "price": price,
            "protocol": names.get(price.protocol_id, price.protocol_id),
            "item": ITEM_WORDS.get(price.item, price.item),
            "holds": price.pk in held.current,
        }
        for price in held.prices
    ]
    found = {"rows": rows, "holding": len(held.current), "form": form, "may": may(request, "set_price")}
    return render(request, "clinic/prices.html", found, status=422 if form.errors else 200)


urlpatterns = [path("clinic/prices/", opens("list_prices", "set_price")(show), name="prices")]
