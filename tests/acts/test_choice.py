"""Modalities side by side for one person: her own indication, her protocols, cost only from the clinic's prices."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from remit.acts.actors import Refused
from remit.acts.choice import Choice, Option, compare_modalities
from remit.acts.prices import set_price
from tests.acts.courses import at, cleared
from tests.fixtures.candidates import IV
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.fixtures.histories import acting

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def option(held: Choice, id: str) -> Option:
    return next(one for one in held.options if one.modality.id == id)


def test_it_is_the_persons_own_indication_and_every_number_leads_to_its_study(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    for item, amount in (("session", "300"), ("drug", "25.50"), ("assessment", "180")):
        set_price(acting(cast, cast.administrator), IV, item, amount, "USD", date(2026, 1, 1))
    held = compare_modalities(acting(cast, cast.nurse), cast.patient.pk)
    assert (held.indication, held.studied) == ("mdd_trd", True)
    infusion, spray, into_muscle = (option(held, id) for id in ("iv_ketamine", "nasal_esketamine", "im_ketamine"))
    assert infusion.fits
    assert (into_muscle.known.benefits, into_muscle.harms) == ((), ())
    for one in (infusion, spray):
        assert all({*benefit.studies} <= {*held.cited} for benefit in one.known.benefits)
    # 2133.00 for the series, as the plan page adds it up.
    for cost in infusion.costs:
        share = cost.benefit.hundred.treated if cost.benefit.hundred else None
        assert share is not None
        assert abs(cost.each - Decimal("2133.00") / Decimal(share.value)) < 1
        assert cost.least <= cost.each
    assert infusion.costs
    assert {cost.more is None for cost in infusion.costs} == {True, False}
    assert spray.costs == ()
    page = Client()
    page.force_login(cast.nurse)
    shown = page.get(reverse("choice", args=[cast.patient.pk])).content.decode()
    words = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", shown)))
    for said in (
        "no price set for session, drug, assessment", "remit evidence pool --outcome remission --measure OR",
        "Nothing connects these parts", "not known is not none", "Advice only", "2133.00 USD", "very low certainty",
    ):  # fmt: skip
        assert said in words, said
    assert 'title="Reif' in shown
    assert "<form" not in shown.partition("<main")[2].partition("</main")[0]


def test_patients_and_the_desk_do_not_see_it_and_no_indication_is_said(cast: Cast, travel: Traveller) -> None:
    travel.to(at(23, "07:00"))
    for stranger in (cast.patient_account, cast.coordinator):
        with pytest.raises(Refused):
            compare_modalities(acting(cast, stranger), cast.patient.pk)
    held = compare_modalities(acting(cast, cast.nurse), cast.patient.pk)
    assert held.indication is None
    assert not any(benefit.indirect for one in held.options for benefit in one.known.benefits)
