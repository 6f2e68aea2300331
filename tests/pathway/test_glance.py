"""What needs a hand stands first, and a glance says the same as the whole view."""

from datetime import timedelta

import pytest

from remit.pathway.glance import Glance, Hand, glance, newest_of
from remit.pathway.safety import MOAAS
from remit.pathway.session import view
from tests.pathway.sessions import at, discharge, dosed, entry, gate, infused, infusion_plan, run, scale, vitals, well


def glanced(entries, minutes, given=None) -> Glance:
    session = run(entries, given)
    return glance(session, newest_of(session.chart), at(minutes))


TAKEN_ON = [entry("alarm_ack", 56, id=id) for id in ("postdose_bp_urgent", "rise_from_baseline")]
HIGH = [vitals(50, 190, 82), vitals(55, 192, 84)]
"""Two high pressures: at minute 55 the pressure and its rise are alarms."""


@pytest.mark.parametrize(
    ("entries", "minutes", "hand"),
    [
        ([*dosed(), *HIGH], 56, Hand.ALARM),
        ([*dosed(), vitals(50, 190, 82)], 51, Hand.AGAIN),
        ([*dosed(), vitals(50, 190, 82)], 60, Hand.ALARM),
        (dosed(), 59, Hand.NONE),
        (dosed(), 60, Hand.ALARM),
        ([*dosed(), vitals(52), *well()], 134, Hand.NONE),
        ([*dosed(), vitals(52), *well()], 135, Hand.READY),
        ([*gate(), entry("hold", 8, reason="waits for the ECG")], 9, Hand.HELD),
        (gate(), 9, Hand.NONE),
    ],
)
def test_how_urgently_a_session_needs_a_hand(entries, minutes, hand):
    assert glanced(entries, minutes).hand is hand


def test_a_reading_that_is_overdue_needs_a_hand_before_one_that_is_to_be_repeated():
    infusion = [*infused(), vitals(20)]
    due = glanced(infusion, 21, infusion_plan()).next_reading.due_at
    late = (due - at(0)) / timedelta(minutes=1) + 5
    assert glanced(infusion, late - 0.1, infusion_plan()).hand is Hand.NONE
    assert glanced(infusion, late, infusion_plan()).hand is Hand.OVERDUE
    assert Hand.ALARM < Hand.OVERDUE < Hand.AGAIN < Hand.READY < Hand.HELD < Hand.NONE


def test_a_room_is_put_in_order_by_urgency():
    emergency = glanced([*dosed(), vitals(50, spo2=85)], 56)
    high = glanced([*dosed(), *HIGH], 56)
    taken_on = glanced([*dosed(), *HIGH, *TAKEN_ON], 56)
    again = glanced([*dosed(), vitals(50, 190, 82)], 56)
    soon, later = glanced([*dosed()], 54), glanced([*dosed(16)], 54)
    nothing_due = glanced(gate(), 54)
    room = [nothing_due, later, soon, again, taken_on, high, emergency]
    assert sorted(room, key=lambda held: held.urgency) == room[::-1]


def test_an_alarm_that_was_taken_on_stays_open_and_is_nobodys_to_take_on():
    held = glanced([*dosed(), *HIGH, *TAKEN_ON], 57)
    assert len(held.alarms) == 2
    assert held.unacknowledged == ()


def test_nothing_blocks_before_a_dose_and_nothing_alarms_after_the_end():
    assert glanced(gate(), 9).blocks == ()
    over = glanced([*dosed(), vitals(52), *well(), discharge(136)], 140)
    assert (over.blocks, over.alarms, over.due) == ((), (), ())


@pytest.mark.parametrize("minutes", [12, 30, 56, 61, 120, 136])
def test_a_glance_says_the_same_as_the_whole_view(minutes):
    session = run([held for held in [*dosed(), *HIGH, scale(MOAAS, 58, 4), *well()] if held.at <= at(minutes)])
    short, whole = glance(session, newest_of(session.chart), at(minutes)), view(session, at(minutes))
    for name in ("state", "dose_state", "given_mg", "first_dose_at", "release_not_before", "blocks", "due"):
        assert getattr(short, name) == getattr(whole, name), name
    assert {alarm.id for alarm in short.alarms} == {alarm.id for alarm in whole.open_alarms}
    assert short.next_reading == whole.next_reading


def test_what_was_never_measured_is_left_out():
    held = glanced(dosed(), 20).newest
    assert held.keys() == {"systolic", "spo2", MOAAS}
