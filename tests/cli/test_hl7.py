"""`remit hl7`."""

import json
from pathlib import Path

from remit.cli import main

REFERENCE = Path(__file__).parents[1] / "reference" / "oru"


def test_read_prints_readings_and_what_was_not_taken(capsys):
    status = main(
        ["hl7", "read", str(REFERENCE / "mindray_vs8_v231.hl7"), "--received-at", "2026-11-21T14:00:00Z", "--json"]
    )
    [message] = json.loads(capsys.readouterr().out)["messages"]
    assert status == 0
    assert {each["kind"]: each["value"] for each in message["readings"]} == {
        "pulse_rate": 72,
        "spo2": 97,
        "temperature_c": 36.7,
    }
    assert len(message["dropped"]) == 2
    assert message["taken_at"] == message["received_at"] == "2026-11-21T14:00:00+00:00"


def test_a_message_that_is_never_taken_exits_1(capsys, tmp_path):
    (tmp_path / "alarm.hl7").write_bytes(b"MSH|^~\\&|M|W|||20261121||ORU^R40|1|P|2.6\r")
    assert main(["hl7", "read", str(tmp_path / "alarm.hl7")]) == 1
    assert "ORU^R40" in capsys.readouterr().out


def test_a_file_that_is_no_message_exits_2(capsys, tmp_path):
    (tmp_path / "garbage.hl7").write_bytes(b"\x00\xff")
    assert main(["hl7", "read", str(tmp_path / "garbage.hl7")]) == 2
    assert main(["hl7", "read", str(tmp_path / "absent.hl7")]) == 2
    assert main(["hl7", "read", str(REFERENCE / "README.md"), "--received-at", "noon"]) == 2
    assert main(["hl7", "read", str(REFERENCE / "README.md"), "--received-at", "2026-11-21T14:00"]) == 2
    assert capsys.readouterr().err.count("\n") == 4
