"""The codes of monitors, built from the code table."""

from datetime import timedelta

from remit.knowledge.monitors import monitor_codes
from remit.pathway.devices import Reading, Refused


def test_every_code_of_a_pressure_is_a_cuff_or_refused():
    codes = monitor_codes().codes
    assert isinstance(codes["150021"].meaning, Reading)
    assert isinstance(codes["0002-4a05"].meaning, Reading)
    for arterial in ("150033", "150034", "150035", "0002-4a15", "0002-4a16", "0002-4a17"):
        assert codes[arterial].meaning == Refused("arterial line, not the cuff")


def test_a_name_belongs_to_one_code():
    codes = monitor_codes()
    names = [name for code in codes.codes.values() for name in code.names]
    assert len(names) == len(set(names))
    assert codes.of_name("mdc_temp").code == "150344"
    assert codes.of_name("") is None


def test_bounds_come_from_what_is_physically_possible():
    spo2 = monitor_codes().codes["150456"].meaning
    assert (spo2.possible.low, spo2.possible.high, spo2.possible.path) == (20, 100, "spo2_possible")


def test_the_clock_and_the_sentinels_come_from_the_file():
    assert monitor_codes().clock_agrees_within == timedelta(minutes=5)
    assert {"-100", "-999"} <= set(monitor_codes().no_reading)
