"""The clockwork beats in one process at a time, in every clinic, and one step that fails stops no other."""

from __future__ import annotations

import asyncio
import logging
import threading
import uuid
from datetime import timedelta

import pytest
from django.core import mail as outbox

from remit.acts import clockwork_turn
from remit.acts.actors import Actor
from remit.acts.assessments import record_assessment
from remit.acts.clock import now
from remit.live import clockwork
from remit.records.models import AuditRow, ClockworkTurn, Notification
from tests.acts.follow_up import RISKY, acting, ago, given, may_send
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.fixtures.live import in_a_loop

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_process_has_the_turn_until_it_is_gone(cast: Cast, travel: Traveller) -> None:
    assert clockwork.beat("first")
    assert not clockwork.beat("second")
    travel.on(minutes=1)
    assert clockwork.beat("first")
    travel.on(minutes=1, seconds=59)
    assert not clockwork.beat("second")
    travel.on(seconds=2)
    assert clockwork.beat("second")
    assert not clockwork.beat("first")


def test_a_process_that_stops_leaves_the_turn_at_once(cast: Cast) -> None:
    assert clockwork.beat("first")
    clockwork_turn.give_back("first", now())
    assert clockwork.beat("second")


def test_a_beat_with_nothing_to_do_leaves_no_row_in_the_trail(cast: Cast) -> None:
    clockwork.beat("first")
    assert not AuditRow.objects.exists()
    assert ClockworkTurn.objects.filter(name=clockwork_turn.NAME).count() == 1


def test_a_beat_tells_whoever_is_on_call(cast: Cast) -> None:
    may_send(cast)
    record_assessment(acting(cast, cast.nurse), cast.patient.pk, "PHQ9", given(RISKY), ago(minutes=1), uuid.uuid4())
    clockwork.beat("first")
    assert [message.to for message in outbox.outbox] == [[cast.nurse.email]]
    assert Notification.objects.get().ok
    row = AuditRow.objects.get(action="keep_notification")
    assert (row.account_id, row.clinic_id, row.patient_id) == (None, cast.clinic.pk, cast.patient.pk)


def test_a_step_that_fails_is_logged_and_the_next_one_runs_in_every_clinic(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[object] = []

    def fails(actor: Actor, at: object) -> None:
        raise ValueError("planted")

    monkeypatch.setattr(clockwork, "STEPS", [("bad", fails), ("good", lambda actor, at: ran.append(actor.clinic_id))])
    with caplog.at_level(logging.ERROR, "remit.live.clockwork"):
        assert clockwork.beat("first")
    assert set(ran) == {cast.clinic.pk, cast.other_clinic.pk}
    assert "clockwork: bad failed" in caplog.text


@pytest.mark.parametrize(("minutes", "old"), [(1, False), (3, True)])
def test_a_clockwork_that_stands_still_is_noticed(cast: Cast, travel: Traveller, minutes: int, old: bool) -> None:
    assert clockwork_turn.is_old(clockwork_turn.last_beat(), now())
    clockwork.beat("first")
    assert clockwork_turn.is_old(clockwork_turn.last_beat(), now() + timedelta(minutes=minutes)) is old


def test_it_beats_as_long_as_the_application_lives(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    beaten, holders = threading.Event(), set()
    beat = clockwork.beat

    def counted(holder: str) -> bool:
        done = beat(holder)
        holders.add(holder)
        beaten.set()
        return done

    monkeypatch.setattr(clockwork, "beat", counted)

    async def live() -> None:
        async with clockwork.running():
            assert await asyncio.to_thread(beaten.wait, 10)

    in_a_loop(live())
    (holder,) = holders
    assert ClockworkTurn.objects.get(name=clockwork_turn.NAME).until <= now()
    assert not clockwork_turn.is_old(clockwork_turn.last_beat(), now())
    assert clockwork_turn.take("another", now())
    assert holder
