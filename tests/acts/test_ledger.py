"""The stock: each vial once, each milligram accounted for, waste before a witness."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from remit.acts.actors import Actor, Conflict, NotHere, Refused, actor_for
from remit.acts.ledger import (
    StrengthDoubted,
    dispose_of_rest,
    list_witnesses,
    receive_vial,
    see_stock,
    see_vial,
)
from remit.quantities import BadInput
from remit.records.models import AuditRow, LedgerEntry, Vial
from tests.acts.sessions import INFUSION, START, booked, confirmed
from tests.fixtures.cast import Cast

pytestmark = pytest.mark.django_db

TODAY = START.date()
VIAL: dict[str, Any] = {
    "molecule": "ketamine",
    "strength": "50 mg/mL",
    "volume_ml": 10,
    "lot": "B2",
    "expiry": date(2027, 5, 31),
}


@pytest.fixture
def nurse(cast: Cast) -> Actor:
    return actor_for(cast.nurse.pk, cast.clinic.pk)


@pytest.fixture
def witness(cast: Cast) -> Any:
    return confirmed(actor_for(cast.second_nurse.pk, cast.clinic.pk))


@pytest.fixture
def vial(nurse: Actor) -> Vial:
    return receive_vial(nurse, uuid.uuid4(), START, **VIAL)


def test_a_vial_is_received_once(nurse: Actor) -> None:
    key = uuid.uuid4()
    for _ in range(2):
        receive_vial(nurse, key, START, **VIAL)
    assert Vial.objects.count() == 1
    with pytest.raises(Conflict):
        receive_vial(nurse, key, START, **(VIAL | {"strength": "10 mg/mL"}))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"molecule": "ketamin"}, "molecule: one of ketamine, esketamine, arketamine is needed, not 'ketamin'"),
        ({"strength": "50"}, "strength"),
        ({"volume_ml": 0}, "volume_ml: 0.01 to 5000 mL is possible, not 0"),
        ({"lot": " "}, "lot: the number printed on the vial is needed"),
    ],
)
def test_what_cannot_be_is_refused(nurse: Actor, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        receive_vial(nurse, uuid.uuid4(), START, **(VIAL | wrong))
    assert not Vial.objects.exists()


def test_the_rest_is_wasted_before_a_witness_and_only_as_much_as_is_left(
    nurse: Actor, witness: Any, vial: Vial
) -> None:
    with pytest.raises(Refused, match="A second person is needed"):
        dispose_of_rest(nurse, vial.pk, uuid.uuid4(), START, 500, "expired", None)
    with pytest.raises(Refused, match="at most 500 mg are left in this vial, not 501 mg"):
        dispose_of_rest(nurse, vial.pk, uuid.uuid4(), START, 501, "expired", witness)
    key = uuid.uuid4()
    for _ in range(2):
        dispose_of_rest(nurse, vial.pk, key, START, 500, "expired", witness)
    assert LedgerEntry.objects.get().witness_id == witness.account_id
    assert [(held.left, held.wasted) for held in see_stock(nurse, TODAY)] == [(0, 500)]


def test_what_a_session_draws_leaves_the_vial(cast: Cast, nurse: Actor, vial: Vial) -> None:
    chair = booked(cast, INFUSION, mg=41)
    chair.accepted(
        ("arrived", {}),
        ("vial", {"act": "draw", "vial": str(vial.pk), "mg": 50}),
        ("vial", {"act": "given", "vial": str(vial.pk), "mg": 41}),
    )
    (held,) = see_stock(nurse, TODAY)
    assert (held.left, held.drawn, held.given) == (450, 50, 41)
    assert held.discrepancies
    chair.accepted(("vial", {"act": "waste", "vial": str(vial.pk), "mg": 9, "second": cast.second_nurse}))
    assert see_stock(nurse, TODAY)[0].discrepancies == ()


@pytest.mark.parametrize(("day", "expired"), [(date(2027, 5, 31), False), (date(2027, 6, 1), True)])
def test_a_vial_is_good_to_the_end_of_its_last_day(nurse: Actor, vial: Vial, day: date, expired: bool) -> None:
    assert see_stock(nurse, day)[0].expired is expired


def test_the_stock_is_the_clinics_own(cast: Cast, vial: Vial, witness: Any) -> None:
    outsider = actor_for(cast.other_nurse.pk, cast.other_clinic.pk)
    assert see_stock(outsider, TODAY) == []
    with pytest.raises(NotHere):
        dispose_of_rest(outsider, vial.pk, uuid.uuid4(), START + timedelta(hours=1), 1, "x", witness)


def test_who_does_not_treat_keeps_no_ledger(cast: Cast) -> None:
    with pytest.raises(Refused):
        see_stock(actor_for(cast.coordinator.pk, cast.clinic.pk), TODAY)


def test_a_strength_that_no_vial_has_is_read_again_and_that_is_kept(nurse: Actor) -> None:
    for strength in ("10 mg/mL", "50 mg/mL", "100 mg/mL"):
        receive_vial(nurse, uuid.uuid4(), START, **(VIAL | {"strength": strength}))
    odd = VIAL | {"strength": "500 mg/mL"}
    with pytest.raises(StrengthDoubted, match="500 mg/mL is none of the known vial strengths") as doubted:
        receive_vial(nurse, uuid.uuid4(), START, **odd)
    assert doubted.value.finding.source.keys
    assert receive_vial(nurse, uuid.uuid4(), START, **odd, read_again=True).strength_mg_per_ml == 500
    assert "500 mg/mL" in AuditRow.objects.filter(action="receive_vial").latest("seq").detail["doubted"]


def test_the_strengths_of_other_molecules_are_not_doubted(nurse: Actor) -> None:
    receive_vial(nurse, uuid.uuid4(), START, **(VIAL | {"molecule": "esketamine", "strength": "140 mg/mL"}))


def test_a_vial_shows_every_movement_with_who_and_before_whom(
    cast: Cast, nurse: Actor, witness: Any, vial: Vial
) -> None:
    chair = booked(cast, INFUSION, mg=41)
    chair.accepted(("arrived", {}), ("vial", {"act": "draw", "vial": str(vial.pk), "mg": 50}))
    dispose_of_rest(nurse, vial.pk, uuid.uuid4(), START + timedelta(hours=2), 450, "expired", witness)
    book = see_vial(nurse, vial.pk, TODAY)
    assert [(move.kind, move.amount_mg, move.session_id, move.witness_id) for move in book.moves] == [
        ("waste", 450, None, witness.account_id),
        ("draw", 50, chair.session.pk, None),
    ]
    assert book.stock.left == 0
    assert book.stock.discrepancies == ("vial of lot B2: 50 mg drawn and neither given nor wasted",)
    with pytest.raises(NotHere):
        see_vial(actor_for(cast.other_nurse.pk, cast.other_clinic.pk), vial.pk, TODAY)


def test_more_than_a_vial_holds_is_a_discrepancy(cast: Cast, nurse: Actor) -> None:
    small = receive_vial(nurse, uuid.uuid4(), START, **(VIAL | {"volume_ml": 1}))
    chair = booked(cast, INFUSION, mg=41)
    moves = [("vial", {"act": act, "vial": str(small.pk), "mg": 60}) for act in ("draw", "given")]
    chair.accepted(("arrived", {}), *moves)
    assert see_stock(nurse, TODAY)[0].discrepancies == ("vial of lot B2: 10 mg more were taken than it held",)


def test_witnesses_are_the_other_nurses_and_prescribers_of_the_clinic(cast: Cast, nurse: Actor) -> None:
    assert {held.pk for held in list_witnesses(nurse)} == {
        cast.second_nurse.pk,
        cast.psychiatrist.pk,
        cast.second_prescriber.pk,
    }
