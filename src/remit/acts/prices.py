"""What the clinic charges: dated prices, the newest that applies holds; none is ever changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from remit.acts.actors import Actor
from remit.acts.clock import now
from remit.acts.core import act, note
from remit.acts.rights import may_manage_clinic, may_see_clinic
from remit.knowledge.protocols import protocols
from remit.quantities import BadInput
from remit.records.models import Price

ITEMS = ("session", "drug", "assessment", "psychotherapy_visit")
"""What a price may be for."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """Every price, newest first, and what a price may be for."""

    prices: list[Price]
    current: frozenset[UUID]
    protocols: list[tuple[str, str]]


@act("list_prices", right=may_see_clinic, reads=True)
def list_prices(actor: Actor) -> PriceList:
    """Every price the clinic ever set, and which hold today."""
    held = Price.objects.filter(clinic_id=actor.here).order_by("protocol_id", "item", "-valid_from", "-entered_at")
    prices = list(held.select_related("entered_by"))
    today = now().date()
    return PriceList(
        prices=prices,
        current=frozenset(price.pk for price in _holding(prices, today).values()),
        protocols=[(id, held.name) for id, held in sorted(protocols().items())],
    )


def price_of(clinic_id: UUID, protocol_id: str, item: str, on: date) -> Price | None:
    """The price that holds for an item of a protocol on a day; null where none was set."""
    held = Price.objects.filter(clinic_id=clinic_id, protocol_id=protocol_id, item=item, valid_from__lte=on)
    return held.order_by("-valid_from", "-entered_at").first()


@act("set_price", right=may_manage_clinic)
def set_price(actor: Actor, protocol_id: str, item: str, amount: str, currency: str, valid_from: date) -> Price:
    """Set what an item of a protocol costs from a day on; the prices before stay on record."""
    if protocol_id not in protocols():
        raise BadInput(f"protocol: one of {', '.join(sorted(protocols()))} is needed, not {protocol_id!r}")
    if item not in ITEMS:
        raise BadInput(f"item: one of {', '.join(ITEMS)} is needed, not {item!r}")
    if len(currency.strip()) != 3 or not currency.strip().isalpha():
        raise BadInput(f"currency: a code of three letters such as USD is needed, not {currency!r}")
    price = Price.objects.create(
        clinic_id=actor.here, protocol_id=protocol_id, item=item, amount=_amount(amount),
        currency=currency.strip().upper(), valid_from=valid_from, entered_by_id=actor.me, entered_at=now(),
    )  # fmt: skip
    note(price, protocol=protocol_id, item=item, amount=str(price.amount), currency=price.currency)
    return price


def _amount(given: str) -> Decimal:
    try:
        amount = Decimal(str(given).strip().replace(",", "."))
    except InvalidOperation as error:
        raise BadInput(f"amount: a number is needed, not {given!r}") from error
    if not amount.is_finite() or not 0 <= amount < Decimal(10) ** 9:
        raise BadInput(f"amount: 0 or more is needed, not {given}")
    return amount


def _holding(prices: Iterable[Price], on: date) -> dict[tuple[str, str], Price]:
    found: dict[tuple[str, str], Price] = {}
    for price in prices:
        if price.valid_from <= on:
            found.setdefault((price.protocol_id, price.item), price)
    return found
