"""What is taken from a monitor's message, and what is not."""

import csv

import pytest

from remit.acts.monitor_codes import monitor_codes
from remit.hl7.observations import read
from remit.quantities import BadInput
from tests.hl7.messages import (
    DIASTOLIC,
    HEART_RATE,
    RECEIVED,
    REFERENCE,
    RESPIRATION,
    SPO2,
    SYSTOLIC,
    TEMPERATURE,
    message,
    reasons,
    taken,
)

EXPECTED = list(csv.DictReader((REFERENCE / "expected.csv").read_text(encoding="utf-8").splitlines()))
KINDS = {
    "heart_rate": "heart_rate",
    "pulse_rate": "pulse_rate",
    "spo2": "spo2",
    "resp_rate": "respiratory_rate",
    "nibp_systolic": "systolic",
    "nibp_diastolic": "diastolic",
    "nibp_mean": "mean",
    "temperature_c": "temperature_c",
}


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: row["file"])
def test_a_published_message_gives_what_a_careful_reader_takes(row):
    held = read((REFERENCE / row["file"]).read_bytes(), RECEIVED, monitor_codes())
    assert (held.kind, held.ack) == (row["kind"], row["ack"])
    assert [own.value for own in held.patient_ids] == [row["patient_id"]]
    for column, kind in KINDS.items():
        expected = [float(value) for value in row[column].split("|")] if row[column] else []
        assert [sample.value for sample in held.readings if sample.kind == kind] == expected, column


def test_every_value_that_was_not_taken_is_reported_and_no_container_is():
    held = read((REFERENCE / "ge_b1x5_vitals_v26.hl7").read_bytes(), RECEIVED, monitor_codes())
    assert reasons(held).count("arterial line, not the cuff") == 3
    assert len(held.readings) + len(held.dropped) == 9
    assert held.several() == {"temperature_c": (36.8, 36.9)}
    assert held.vitals() == {"pulse_rate": 72, "heart_rate": 75}


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("150456", "MDC_CONC_AWAY_CO2_ET"),
        ("150457", "MDC_PULS_OXIM_PULS_RATE"),
        ("150017", "MDC_PRESS_BLD_NONINV_SYS"),
        ("150031", "MDC_PRESS_CUFF_SYS"),
        ("149522", "MDC_PULS_RATE"),
        ("150456", ""),
        ("", "MDC_PULS_OXIM_SAT_O2"),
        ("150033", "MDC_PRESS_BLD_NONINV_SYS"),
    ],
)
def test_a_number_and_a_name_that_disagree_are_reported_and_not_taken(number, name):
    held = taken(f"NM|{number}^{name}^MDC||97|262688^MDC_DIM_PERCENT^MDC|||||F")
    assert held.readings == ()
    assert "number and name disagree" in reasons(held)[0]


def test_another_name_of_the_same_number_agrees():
    held = taken(HEART_RATE.replace("MDC_ECG_HEART_RATE", "MDC_ECG_CARD_BEAT_RATE").format(60))
    assert held.vitals() == {"heart_rate": 60}


def test_philips_codes_are_read_whatever_their_case():
    held = taken(
        "NM|0002-4BB8^SpO2^MDIL|0|95|0004-0220^%^MDIL|||||F", "NM|0002-4a15^ABPs^MDIL|0|120|0004-0f20^mmHg^MDIL|||||F"
    )
    assert held.vitals() == {"spo2": 95}
    assert reasons(held) == ["arterial line, not the cuff"]


@pytest.mark.parametrize(
    "value", ["", "-100", "-999", "-99.9", "-10000", "-100.0", "---", "97,5", ">90", "1e2", "nan", "97 98"]
)
def test_what_stands_for_no_reading_is_not_a_reading(value):
    held = taken(SPO2.format(value))
    assert held.readings == ()
    assert len(held.dropped) == 1


@pytest.mark.parametrize(
    ("line", "low", "high", "step"),
    [
        (SYSTOLIC, 30, 300, 1),
        (HEART_RATE, 10, 300, 1),
        (SPO2, 20, 100, 1),
        (RESPIRATION, 0, 80, 1),
        (TEMPERATURE, 25, 45, 0.1),
    ],
)
def test_a_value_at_a_bound_is_taken_and_one_beyond_is_not(line, low, high, step):
    assert [sample.value for value in (low, high) for sample in taken(line.format(value)).readings] == [low, high]
    for value in (low - step, high + step):
        held = taken(line.format(value))
        assert held.readings == ()
        assert "is possible, not" in reasons(held)[0] or "no reading" in reasons(held)[0]


def test_a_scaling_fault_is_reported_with_its_bounds():
    assert reasons(taken(TEMPERATURE.format(384.5))) == ["25 to 45 °C is possible, not 384.5 °C"]


@pytest.mark.parametrize("unit", ["262688^MDC_DIM_PERCENT^MDC", "%^%^UCUM", "%", "0004-0220^%^MDIL"])
def test_units_are_understood_as_mdc_as_ucum_and_in_words(unit):
    assert taken(SPO2.replace("262688^MDC_DIM_PERCENT^MDC", unit).format(97)).vitals() == {"spo2": 97}


@pytest.mark.parametrize(
    ("unit", "reason"),
    [
        ("", "unit none: not known"),
        ("kPa", "unit kPa: not known"),
        ("262688^MDC_DIM_MMHG^MDC", "its code and its words disagree"),
        ("266016^MDC_DIM_MMHG^MDC", "% is needed for spo2, not mmHg"),
        ("0004-zzzz^%%^MDIL", "not known"),
    ],
)
def test_a_unit_that_is_missing_unknown_or_of_another_kind_is_reported(unit, reason):
    held = taken(SPO2.replace("262688^MDC_DIM_PERCENT^MDC", unit).format(97))
    assert held.readings == ()
    assert reason in reasons(held)[0]


def test_fahrenheit_is_converted_once():
    held = taken(TEMPERATURE.replace("268192^MDC_DIM_DEGC^MDC", "[degF]^[degF]^UCUM").format(98.6))
    assert (held.readings[0].value, held.readings[0].unit) == (37.0, "°C")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("ST|0402-f8f5^sMode^MDIL|0|MONITORING||||||F", "value type ST"),
        ("TX|5^HardInop^MDIL-ALERT||SpO2T  No Pulse||||||F", "value type TX"),
        ("NA|131328^MDC_ECG_ELEC_POTL^MDC|1.7.4.1|1^2^3|||||R", "value type NA"),
        (SPO2.format(97)[:-1] + "X", "state X"),
        (SPO2.format(97)[:-1] + "P", "state P"),
        (SPO2.replace("|||||R", "||DEMO|||R").format(97), "demonstration"),
        (SPO2.replace("|||||R", "||N~INV|||R").format(97), "invalid"),
        ("NM|2708-6^Oxygen saturation^LN||97|%|||||F", "coding system LN"),
        ("NM|151708^MDC_CONC_AWAY_CO2_ET^MDC||38|266016^MDC_DIM_MMHG^MDC|||||R", "not charted"),
        ("NM|150488^MDC_BLD_PERF_INDEX^MDC||1|262688^MDC_DIM_PERCENT^MDC|||||R", "not a reading that is charted"),
    ],
)
def test_what_is_no_vital_sign_is_not_taken(line, reason):
    held = taken(HEART_RATE.format(70), line)
    assert held.vitals() == {"heart_rate": 70}
    assert reason in reasons(held)[0]


def test_a_container_is_no_loss_and_a_number_without_a_value_is_one():
    held = taken(
        HEART_RATE.format(70), "|69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X", SPO2.format("")
    )
    assert reasons(held) == ["no reading"]


def test_a_reading_without_a_state_is_taken_and_says_so():
    held = taken(SPO2.format(97)[:-1])
    assert held.readings[0].note == "sent without a state"


def test_a_diastolic_without_its_systolic_is_reported():
    held = taken(DIASTOLIC.format(69))
    assert held.readings == ()
    assert reasons(held) == ["diastolic without systolic"]
    elsewhere = SYSTOLIC.replace("1.1.1.1", "1.1.2.1").format(120)
    assert reasons(taken(elsewhere, DIASTOLIC.format(69))) == ["diastolic without systolic"]


def test_a_diastolic_is_below_its_systolic():
    assert taken(SYSTOLIC.format(120), DIASTOLIC.format(119)).vitals() == {"systolic": 120, "diastolic": 119}
    assert reasons(taken(SYSTOLIC.format(120), DIASTOLIC.format(120))) == ["not below the systolic 120"]


@pytest.mark.parametrize(
    ("pid", "ids"), [(None, 0), ("", 0), ("^^^Hospital^PI", 0), ("12", 1), ("1^^^A^MR~2^^^B^PI", 2)]
)
def test_without_an_identifier_a_message_waits_for_a_person(pid, ids):
    held = taken(SPO2.format(97), pid=pid)
    assert len(held.patient_ids) == ids
    assert bool(held.unmatched) is (ids == 0)
    assert held.vitals() == {"spo2": 97}
    assert held.ack == "AA"


def test_the_authority_is_read_also_where_it_is_a_universal_id():
    assert taken(pid="12^^^&1.2.3&ISO^MR").patient_ids[0].authority == "1.2.3"


@pytest.mark.parametrize(
    ("type", "kind"),
    [("ORU^R40", "alarm"), ("ORU^W01", "waveform"), ("ADT^A01", "other"), ("ACK", "other"), ("", "other")],
)
def test_another_type_of_message_is_never_taken(type, kind):
    held = taken(SPO2.format(97), type=type)
    assert (held.kind, held.ack, held.readings) == (kind, "AR", ())
    assert held.notes


def test_a_result_may_be_a_wave_or_a_laboratorys():
    wave = taken("NA|131328^MDC_ECG_ELEC_POTL^MDC|1.7.4.1|1^2^3|||||R")
    assert (wave.kind, wave.ack) == ("waveform", "AR")
    laboratory = taken("NM|2951-2^Sodium^LN||140|mmol/L|||||F")
    assert (laboratory.kind, laboratory.ack, laboratory.readings) == ("laboratory", "AR", ())


@pytest.mark.parametrize("mode", ["T", "D"])
def test_training_and_test_messages_are_not_a_patient(mode):
    assert taken(SPO2.format(97), mode=mode).ack == "AR"


def test_two_patients_in_one_message_are_refused():
    data = message(SPO2.format(97)) + b"PID|||99^^^CLINIC^MR\rOBX|2|" + HEART_RATE.format(70).encode()
    held = read(data, RECEIVED, monitor_codes())
    assert (held.ack, held.readings) == ("AR", ())


@pytest.mark.parametrize(
    ("at", "wrong"),
    [
        ("20261121140000+0000", False),
        ("20261121140500+0000", False),
        ("20261121140501+0000", True),
        ("2013", True),
        ("", True),
    ],
)
def test_the_time_of_receipt_rules_and_a_wrong_device_clock_is_noted(at, wrong):
    held = taken(SPO2.format(97), at=at)
    assert held.taken_at == RECEIVED
    assert any("time of receipt rules" in note for note in held.notes) is wrong
    assert (held.observed_at is None) is (at == "")


def test_a_time_without_an_offset_is_in_the_zone_of_the_message():
    line = SPO2.format(97) + "|||20261121090000"
    assert taken(line, at="20261121090000-0500").readings[0].observed_at == RECEIVED


def test_a_time_of_receipt_without_offset_is_refused():
    with pytest.raises(BadInput, match="received_at"):
        read(message(), RECEIVED.replace(tzinfo=None), monitor_codes())


def test_a_message_without_a_control_id_says_that_a_repeat_cannot_be_recognised():
    held = read(message(SPO2.format(97)).replace(b"|C1|", b"||"), RECEIVED, monitor_codes())
    assert "no control id" in held.notes[0]
