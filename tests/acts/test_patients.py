"""Registering, weighing and referring a person: nothing is taken for granted that a second look would catch."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from remit.acts import patients
from remit.acts.actors import Actor, Conflict, NotHere, Refused, actor_for
from remit.acts.clock import now
from remit.quantities import BadInput
from remit.records.models import Account, AuditRow, Patient, WeightMeasurement
from tests.fixtures.cast import Cast

pytestmark = pytest.mark.django_db


def acting(cast: Cast, account: Account) -> Actor:
    return actor_for(account.pk, cast.clinic.pk)


def person(**changes: Any) -> dict[str, Any]:
    held = {
        "mrn": "H-2000",
        "family_name": "Stone",
        "given_name": "Ida",
        "birth_date": date(1990, 5, 6),
        "sex": "female",
    }
    return held | changes


def today() -> date:
    return now().date()


def test_a_registered_person_is_found_by_name_number_and_birth_date(cast: Cast) -> None:
    desk = acting(cast, cast.coordinator)
    made = patients.register_patient(desk, person())
    for words in ("stone", "ida STONE", "H-2000", "1990-05-06"):
        assert [row.patient.pk for row in patients.find_patients(desk, words).people] == [made.pk]


def test_nobody_finds_a_person_of_another_clinic(cast: Cast) -> None:
    found = patients.find_patients(acting(cast, cast.nurse), "Ober")
    assert found.total == 0
    with pytest.raises(NotHere):
        patients.open_patient(acting(cast, cast.nurse), cast.other_patient.pk)


@pytest.mark.parametrize("change", [{"family_name": "Stohne"}, {"family_name": "Ida", "given_name": "Stone"}])
def test_a_much_alike_name_with_the_same_birth_date_asks_first(cast: Cast, change: dict[str, str]) -> None:
    desk = acting(cast, cast.coordinator)
    first = patients.register_patient(desk, person())
    with pytest.raises(patients.PerhapsKnown) as known:
        patients.register_patient(desk, person(mrn="H-2001", **change))
    assert known.value.alike == [first]
    assert Patient.objects.filter(clinic=cast.clinic, family_name=change["family_name"]).count() == 0
    patients.register_patient(desk, person(mrn="H-2001", **change), another_person=True)


def test_a_record_number_belongs_to_one_person(cast: Cast) -> None:
    desk = acting(cast, cast.coordinator)
    with pytest.raises(Conflict, match="H-1001 belongs to somebody else"):
        patients.register_patient(desk, person(mrn="H-1001"))


def test_a_birth_date_ahead_of_today_is_refused(cast: Cast) -> None:
    with pytest.raises(BadInput, match="birth date"):
        patients.register_patient(acting(cast, cast.coordinator), person(birth_date=today() + timedelta(days=1)))


def test_correcting_an_identity_keeps_in_the_trail_what_stood_there(cast: Cast) -> None:
    desk = acting(cast, cast.coordinator)
    patients.correct_identity(desk, cast.patient.pk, person(mrn="H-1001", family_name="Marsch"), "misspelt")
    row = AuditRow.objects.filter(action="correct_identity").get()
    assert row.detail["before"]["family_name"] == "Marsh"
    assert row.detail["reason"] == "misspelt"


def test_pounds_are_stored_as_kilograms_beside_what_was_typed(cast: Cast) -> None:
    row = patients.weigh(acting(cast, cast.nurse), cast.patient.pk, 180.8, "lb", today())
    assert row.kg == pytest.approx(82.0095, abs=1e-3)
    assert (row.entered_value, row.entered_unit) == (180.8, "lb")


def test_a_weight_typed_in_pounds_as_kilograms_asks_for_a_second_weighing(cast: Cast) -> None:
    nurse = acting(cast, cast.nurse)
    patients.weigh(nurse, cast.patient.pk, 82, "kg", today() - timedelta(days=7))
    with pytest.raises(patients.WeighAgain):
        patients.weigh(nurse, cast.patient.pk, 180.8, "kg", today())
    assert WeightMeasurement.objects.filter(patient=cast.patient).count() == 1


def test_a_change_of_ten_per_cent_passes_and_more_asks_again(cast: Cast) -> None:
    nurse = acting(cast, cast.nurse)
    patients.weigh(nurse, cast.patient.pk, 80, "kg", today() - timedelta(days=7))
    patients.weigh(nurse, cast.patient.pk, 88, "kg", today() - timedelta(days=6))
    with pytest.raises(patients.WeighAgain):
        patients.weigh(nurse, cast.patient.pk, 96.9, "kg", today())
    kept = patients.weigh(nurse, cast.patient.pk, 96.9, "kg", today(), measured_twice=True)
    assert "measured twice" in kept.reason


def test_a_height_in_metres_is_refused_with_its_bounds(cast: Cast) -> None:
    with pytest.raises(BadInput, match=r"height: .* is needed, not 1.68 cm"):
        patients.measure_height(acting(cast, cast.nurse), cast.patient.pk, 1.68, "cm", today())


def test_a_height_at_which_the_weight_is_hardly_possible_asks_to_measure_again(cast: Cast) -> None:
    nurse = acting(cast, cast.nurse)
    patients.weigh(nurse, cast.patient.pk, 170, "kg", today())
    with pytest.raises(patients.WeighAgain, match=r"body mass index of 66\.4"):
        patients.measure_height(nurse, cast.patient.pk, 160, "cm", today())
    assert not patients.list_measurements(nurse, cast.patient.pk).heights
    kept = patients.measure_height(nurse, cast.patient.pk, 160, "cm", today(), measured_twice=True)
    assert "measured twice" in kept.reason


def test_a_referral_is_answered_once(cast: Cast) -> None:
    nurse = acting(cast, cast.nurse)
    asked = patients.refer(acting(cast, cast.coordinator), cast.patient.pk, "Dr Field", today(), "ketamine?")
    with pytest.raises(BadInput, match="says why"):
        patients.answer_referral(nurse, asked.pk, "declined", " ")
    patients.answer_referral(nurse, asked.pk, "accepted", "")
    assert [one.status for one in patients.list_referrals(nurse, cast.patient.pk)] == ["accepted"]
    with pytest.raises(Conflict):
        patients.answer_referral(nurse, asked.pk, "declined", "changed our mind")


@pytest.mark.parametrize("role", ["researcher", "administrator", "patient_account"])
def test_who_does_not_treat_does_not_register(cast: Cast, role: str) -> None:
    with pytest.raises(Refused):
        patients.register_patient(acting(cast, getattr(cast, role)), person())
