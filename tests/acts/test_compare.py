"""Protocols side by side: verdict, label, visits, hours and cost; a missing price is never a zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from remit.acts import clinic as clinics
from remit.acts.actors import NotHere, Refused, actor_for
from remit.acts.compare import ELSEWHERE, LABEL, OFF_LABEL, STUDY, Column, Comparison, compare_protocols
from remit.acts.prices import set_price
from remit.knowledge.protocols import protocols
from tests.acts.courses import at, cleared
from tests.fixtures.candidates import EU, IV, MDSI, ORAL, US_TRD
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.fixtures.histories import acting

pytestmark = pytest.mark.django_db


def compared(cast: Cast, role: str = "coordinator") -> Comparison:
    return compare_protocols(acting(cast, getattr(cast, role)), cast.patient.pk)


def column(held: Comparison, protocol_id: str) -> Column:
    return next(one for one in (*held.fitting, *held.others) if one.protocol.id == protocol_id)


def price(cast: Cast, item: str, amount: str, currency: str = "USD", day: date = date(2026, 1, 1)) -> None:
    set_price(acting(cast, cast.administrator), IV, item, amount, currency, day)


def test_every_protocol_stands_once_and_what_is_cleared_stands_first(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    held = compared(cast)
    assert {one.protocol.id for one in (*held.fitting, *held.others)} == set(protocols())
    assert (held.fitting[0].protocol.id, held.fitting[0].settled) == (IV, True)
    assert not any(one.settled for one in held.fitting[1:])


@pytest.mark.parametrize(
    ("protocol_id", "label", "fits"),
    [
        (US_TRD, LABEL, True),
        (IV, OFF_LABEL, True),
        (MDSI, OFF_LABEL, True),
        (EU, ELSEWHERE, False),
        ("iv_arketamine", STUDY, False),
        ("kap", OFF_LABEL, False),
    ],
)
def test_the_label_is_that_of_this_place_and_indication(
    cast: Cast, travel: Traveller, protocol_id: str, label: str, fits: bool
) -> None:
    cleared(cast, travel)
    one = column(compared(cast), protocol_id)
    assert (one.label, one.fits) == (label, fits)


@pytest.mark.parametrize(
    ("protocol_id", "visits", "first_weeks", "stay"),
    [(IV, 6, 10, 160), (US_TRD, 8, 17, 160), (ORAL, 12, 12, 150)],
)
def test_visits_and_hours_are_those_of_the_series(
    cast: Cast, travel: Traveller, protocol_id: str, visits: int, first_weeks: int, stay: int
) -> None:
    cleared(cast, travel)
    one = column(compared(cast), protocol_id)
    assert one.first is not None
    assert one.chair is not None
    assert (one.first.visits, one.first.compared) == (visits, first_weeks)
    assert (one.stay.total.value, one.chair.value) == (stay, stay * visits)


def test_a_missing_price_leaves_no_total_and_is_named(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    price(cast, "session", "300")
    cost = column(compared(cast), IV).cost
    assert (cost.total, cost.missing) == (None, ("drug", "assessment"))
    price(cast, "drug", "0")
    price(cast, "assessment", "180")
    cost = column(compared(cast), IV).cost
    assert (cost.total, cost.currency, cost.missing) == (Decimal("1980.00"), "USD", ())


def test_each_session_has_the_price_of_its_own_day(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    for item, amount in (("session", "100"), ("drug", "0"), ("assessment", "0")):
        price(cast, item, amount)
    price(cast, "session", "200", day=date(2026, 12, 2))
    assert column(compared(cast), IV).cost.total == Decimal(4 * 100 + 2 * 200)


def test_two_currencies_are_not_added_up(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    price(cast, "session", "100")
    price(cast, "drug", "20", "EUR")
    price(cast, "assessment", "0")
    cost = column(compared(cast), IV).cost
    assert (cost.total, cost.mixed) == (None, True)


def test_what_no_source_gives_is_said(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    held = compared(cast)
    assert column(held, ORAL).dose is None
    assert "no dose is sourced, so none can be ordered" in column(held, "kap").cannot[0]
    assert column(held, "iv_arketamine").cannot[0].endswith("inside a study only")
    evidence = column(held, IV).evidence[0].text
    assert "Level 3" in evidence.value
    assert evidence.source.keys


def test_the_clinic_decides_over_how_many_weeks_it_compares(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    clinics.change_setting(acting(cast, cast.administrator), "plan_compares", "4")
    first = column(compared(cast), US_TRD).first
    assert first is not None
    assert first.compared == 8


def test_patients_and_other_clinics_do_not_see_it(cast: Cast, travel: Traveller) -> None:
    travel.to(at(23, "07:00"))
    with pytest.raises(Refused):
        compared(cast, "patient_account")
    with pytest.raises(NotHere):
        compare_protocols(
            replace(actor_for(cast.other_nurse.pk, cast.other_clinic.pk), roles=frozenset({"prescriber"})),
            cast.patient.pk,
        )
    assert compared(cast).setting == "outpatient"
    assert compared(cast).screened is False
