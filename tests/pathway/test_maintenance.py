"""The interval suggested after the series."""

import pytest

from remit.knowledge.protocols import protocol
from remit.pathway.maintenance import intervals, suggest_interval

US = protocol("in_esketamine_us_trd")


def test_the_intervals_are_those_of_the_sources():
    assert intervals(US) == (7, 14)
    assert intervals(protocol("in_esketamine_us_mdsi")) == ()


@pytest.mark.parametrize(
    ("current", "holds", "days"),
    [
        (None, None, 7),
        (7, None, 7),
        (7, True, 14),
        (14, True, 14),
        (14, False, 7),
        (7, False, None),
    ],
)
def test_the_interval_widens_while_the_effect_holds_and_narrows_when_it_is_lost(current, holds, days):
    advice = suggest_interval(US, current, holds)
    assert advice.days == days
    assert advice.basis


def test_without_a_sourced_interval_the_prescriber_decides():
    advice = suggest_interval(protocol("kap"), 7, True)
    assert advice.days is None
    assert "prescriber decides" in advice.text
