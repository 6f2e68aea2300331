"""What a monitor sends, as values."""

from datetime import UTC, datetime

import pytest

from remit.pathway.devices import Bounds, Match, MonitorMessage, PatientId, Sample, whose

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)


def message_of(*ids, readings=()):
    return MonitorMessage("C1", "MONITOR", "vitals", "AA", ids, "JANE DOE", "ROOM 2", None, NOW, readings)


KNOWN = [PatientId("12", "CLINIC", "MR"), PatientId("77", "STATE", "PI")]


@pytest.mark.parametrize(
    ("ids", "match"),
    [
        ([PatientId("12", "CLINIC", "MR")], Match.SAME),
        ([PatientId("13", "CLINIC", "MR")], Match.OTHER),
        ([PatientId("12", "CLINIC", "MR"), PatientId("78", "STATE", "PI")], Match.OTHER),
        ([PatientId("78", "STATE", "PI"), PatientId("12", "CLINIC", "MR")], Match.OTHER),
        ([PatientId("12")], Match.UNSAID),
        ([PatientId("12", "ELSEWHERE", "MR")], Match.UNSAID),
        ([], Match.UNSAID),
    ],
)
def test_only_an_identifier_with_its_authority_says_whose_a_message_is(ids, match):
    assert whose(message_of(*ids), KNOWN) is match


def test_nobody_known_by_number_leaves_it_unsaid():
    assert whose(message_of(PatientId("12", "CLINIC", "MR")), []) is Match.UNSAID


def test_a_bound_holds_its_ends():
    assert [Bounds(20, 100).hold(value) for value in (19.9, 20, 100, 100.1)] == [False, True, True, False]


def test_of_several_values_of_one_kind_none_is_chosen():
    readings = tuple(Sample(kind, value, "", "") for kind, value in [("t", 36.8), ("t", 36.9), ("spo2", 97)])
    held = message_of(readings=readings)
    assert held.vitals() == {"spo2": 97}
    assert held.several() == {"t": (36.8, 36.9)}


def test_a_message_without_an_identifier_is_unmatched():
    assert message_of().unmatched
    assert not message_of(PatientId("12")).unmatched
