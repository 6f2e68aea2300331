"""What was read of a clinic is kept until something is written there; reads, and other clinics, change nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction

from remit.acts import kept, patients
from remit.acts.actors import Actor, actor_for
from remit.acts.board import poll_board, show_board
from remit.acts.kept import Kept
from remit.acts.session import open_session
from remit.records.models import Session
from tests.acts.room import minute, seat, sprayed, vitals
from tests.acts.sessions import START, Chairside
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def chair(cast: Cast, travel: Traveller) -> Chairside:
    travel.to(START)
    return sprayed(seat(cast, "Marlow"))


class Counted:
    """Something that is read, and how often it was."""

    def __init__(self, clinic: object) -> None:
        self.store: Kept[int] = Kept()
        self.clinic, self.read = clinic, 0

    def __call__(self, at: float = 10, key: object = "board") -> int:
        return self.store.get(self.clinic.pk, key, minute(at), self._read)

    def _read(self) -> int:
        self.read += 1
        return self.read


@pytest.fixture
def counted(cast: Cast, chair: Chairside) -> Counted:
    found = Counted(cast.clinic)
    assert found() == 1
    return found


def nurse(cast: Cast) -> Actor:
    return actor_for(cast.nurse.pk, cast.clinic.pk)


def test_it_is_read_once(counted: Counted) -> None:
    assert [counted(), counted(10.5)] == [1, 1]
    assert counted(key="another") == 2


def test_an_act_that_writes_in_the_clinic_has_it_read_anew(counted: Counted, chair: Chairside) -> None:
    vitals(chair, 10)
    assert [counted(), counted()] == [2, 2]


@pytest.mark.parametrize(
    "read",
    [
        lambda cast, chair: show_board(nurse(cast), None, minute(10)),
        lambda cast, chair: open_session(nurse(cast), chair.session.pk, minute(10)),
        lambda cast, chair: patients.find_patients(nurse(cast), "marlow"),
    ],
)
def test_an_act_that_reads_changes_nothing(
    counted: Counted, cast: Cast, chair: Chairside, read: Callable[..., object]
) -> None:
    read(cast, chair)
    assert counted() == 1
    vitals(chair, 10)
    assert counted() == 2


def test_what_is_written_elsewhere_changes_nothing(counted: Counted, cast: Cast) -> None:
    patients.weigh(actor_for(cast.other_nurse.pk, cast.other_clinic.pk), cast.other_patient.pk, 70, "kg", START.date())
    assert counted() == 1


def test_nothing_is_kept_for_longer_than_a_minute_or_for_an_earlier_time(counted: Counted) -> None:
    assert [counted(10.99), counted(11)] == [1, 2]
    assert counted(9) == 3


def test_after_very_many_rows_it_is_read_anew(counted: Counted, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_MOST_ROWS", 2)
    for _ in range(2):
        show_board(nurse(cast), None, minute(10))
    assert counted() == 2


def test_a_transaction_under_way_keeps_nothing(counted: Counted, chair: Chairside) -> None:
    with transaction.atomic():
        vitals(chair, 10)
        assert counted() == 2
        transaction.set_rollback(True)
    assert counted() == 1


def test_the_board_shows_what_was_entered_booked_and_moved_a_moment_ago(cast: Cast, chair: Chairside) -> None:
    assert len(poll_board(nurse(cast), None, minute(10)).at_chairs) == 1
    vitals(chair, 10, 190)
    (one,) = poll_board(nurse(cast), None, minute(10.1)).at_chairs
    assert one.held.glance.newest["systolic"].values["systolic"] == 190
    seat(cast, "Coming", planned_at=START + timedelta(hours=1))
    assert poll_board(nurse(cast), None, minute(10.2)).coming_total == 1


def test_the_board_of_another_clinic_is_another_reading(cast: Cast, chair: Chairside) -> None:
    assert len(poll_board(nurse(cast), None, minute(10)).at_chairs) == 1
    elsewhere = actor_for(cast.other_nurse.pk, cast.other_clinic.pk)
    assert poll_board(elsewhere, None, minute(10)).at_chairs == ()
    assert Session.objects.filter(clinic=cast.other_clinic).count() == 0
