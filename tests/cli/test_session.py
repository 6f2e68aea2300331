import json
from pathlib import Path

import pytest

from remit.cli.main import main
from tests.pathway.sessions import at

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "session_us_spravato.yaml"
HEAD = {
    "protocol": "in_esketamine_us_trd",
    "jurisdiction": "US",
    "setting": "outpatient",
    "patient": {"birth_date": "1978-03-04", "sex": "female", "weight_kg": 82.0, "weight_date": "2026-11-20"},
    "planned": {"session": 1, "dose_mg": 56},
    "asof": at(300).isoformat(),
}
VITALS = {"kind": "vitals", "systolic": 128, "diastolic": 82, "spo2": 98}


def line(minutes, kind, by="nurse", **values):
    return {"at": at(minutes).isoformat(), "by": by, "kind": kind, **values}


def checks(minutes, *ids):
    return [line(minutes, "check", id=id, result="confirmed") for id in ids]


SPRAVATO = [
    line(0, "arrived"),
    *checks(1, "escort", "rems_enrolment", "fasting_spravato", "med_changes", "cssrs_since_last_visit"),
    line(2, **VITALS),
    line(3, "scale", id="MOAAS", total=5),
    line(4, "scale", id="CADSS", total=0),
    line(5, "cleared", by="prescriber"),
    line(10, "device", mg=28, lot="A1", expiry="2027-05-31"),
    line(15, "device", mg=28, lot="A2", expiry="2027-05-31"),
    line(55, **VITALS),
    line(110, **VITALS),
    line(111, "scale", id="MOAAS", total=5),
    line(112, "scale", id="CADSS", total=0),
    *checks(113, "orientation", "walking", "nausea", "suicide_risk", "respiratory"),
]
INFUSION = {**HEAD, "protocol": "iv_racemic_ketamine", "planned": {"session": 1, "dose_mg": 41}}
INFUSED = [
    line(0, "arrived"),
    *checks(1, "escort", "consent_offlabel", "fasting_offlabel", "med_changes", "cssrs_since_last_visit"),
    line(2, **VITALS),
    line(3, "scale", id="MOAAS", total=5),
    line(5, "cleared", by="prescriber"),
    line(10, "dose_start", mg=41.0, volume_ml=50, strength="0.82 mg/mL", lot="B2", second_person="prescriber"),
]


@pytest.fixture
def replayed(tmp_path, capsys):
    """Replays a file and answers with exit status, document and message."""

    def run(entries, **head):
        path = tmp_path / "session.json"
        path.write_text(json.dumps({**HEAD, **head, "entries": entries}), encoding="utf-8")
        status = main(["session", "replay", str(path), "--json"])
        said = capsys.readouterr()
        return status, json.loads(said.out) if said.out else None, said.err

    return run


def test_the_example_of_the_documentation_is_accepted_whole(capsys):
    assert main(["session", "replay", str(EXAMPLE), "--json"]) == 0
    held = json.loads(capsys.readouterr().out)
    assert held["state"] == "discharged"
    assert held["form"]["minutes_first_device_to_end"] == 125


def test_the_document_has_the_promised_keys(replayed):
    status, held, _ = replayed(SPRAVATO)
    assert status == 0
    assert {
        "entries", "state", "dose_state", "given_mg", "first_dose_at", "last_dose_at", "release_not_before",
        "blocks_discharge", "due", "alarms", "form",
    } <= held.keys()  # fmt: skip
    assert held["entries"][0] == {"index": 0, "accepted": True, "state": "arrived", "reasons": []}
    assert (held["state"], held["dose_state"], held["given_mg"]) == ("ready", "complete", 56)
    assert held["release_not_before"] == at(135).isoformat()
    assert held["form"]["lots"] == ["A1", "A2"]


@pytest.mark.parametrize("by", ["nurse", "prescriber"])
def test_discharge_at_118_minutes_is_refused_to_everyone_and_exits_1(replayed, by):
    early = line(133, "discharge", by=by, escort="sister, named", override_reason="feels well")
    status, held, _ = replayed([*SPRAVATO, early], asof=at(133).isoformat())
    assert status == 1
    assert held["state"] == "observing"
    assert held["blocks_discharge"] == ["minimum_observation"]
    assert held["entries"][-1]["accepted"] is False
    assert held["entries"][-1]["reasons"][0].startswith("minimum_observation")


def test_discharge_at_120_minutes_passes(replayed):
    status, held, _ = replayed([*SPRAVATO, line(135, "discharge", escort="sister, named")])
    assert (status, held["state"], held["form"]["minutes_first_device_to_end"]) == (0, "discharged", 125)
    assert (held["form"]["bp_before"], held["form"]["bp_40_min"]) == ("128/82", "128/82")


def test_leaving_is_recorded_and_flags_the_form(replayed):
    gone = line(133, "left", reason="has to fetch a child", advice_given=True, escort="none", follow_up="call tonight")
    status, held, _ = replayed([*SPRAVATO, gone])
    assert (status, held["state"], held["form"]["left"]) == (0, "left", True)
    assert "left_before_release" in held["form"]["flags"]


def test_what_is_due_is_told_for_the_time_of_the_file(replayed):
    _, held, _ = replayed(SPRAVATO[:12], asof=at(60).isoformat())
    assert {"what": "bp_40_min", "due_at": at(55).isoformat(), "overdue": True} == {
        key: held["due"][0][key] for key in ("what", "due_at", "overdue")
    }


def test_the_release_of_an_infusion_moves_with_its_pauses(replayed):
    pauses = [line(20, "dose_pause"), line(30, "dose_resume")]
    _, held, _ = replayed([*INFUSED, *pauses], **{**INFUSION, "asof": at(35).isoformat()})
    assert (held["dose_state"], held["release_not_before"]) == ("running", at(150).isoformat())
    _, held, _ = replayed([*INFUSED, line(50, "dose_end")], **{**INFUSION, "asof": at(60).isoformat()})
    assert (held["state"], held["given_mg"], held["form"]) == ("observing", 41, None)


def test_an_alarm_is_told_with_its_times(replayed):
    high = [line(52, "vitals", systolic=182, diastolic=90, spo2=97), line(57, "vitals", systolic=184, diastolic=90)]
    _, held, _ = replayed([*SPRAVATO[:12], *high, line(62, "vitals", systolic=150, diastolic=88)])
    told = {alarm["id"]: alarm for alarm in held["alarms"]}
    assert told["postdose_bp_urgent"]["raised_at"] == at(57).isoformat()
    assert told["postdose_bp_urgent"]["resolved_at"] == at(62).isoformat()
    assert told["postdose_bp_urgent"]["priority"] == "high"
    assert "prescriber" in told["postdose_bp_urgent"]["asks"]


def test_text_stays_text(tmp_path, capsys):
    path = tmp_path / "session.yaml"
    written = EXAMPLE.read_text(encoding="utf-8").replace("lot: A1", "lot: 0123")
    path.write_text(written, encoding="utf-8")
    assert main(["session", "replay", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["form"]["lots"] == ["0123"]


def test_a_person_reads_one_line_an_entry(capsys, tmp_path):
    path = tmp_path / "session.json"
    path.write_text(json.dumps({**HEAD, "entries": [*SPRAVATO, line(133, "discharge")]}), encoding="utf-8")
    assert main(["session", "replay", str(path)]) == 1
    said = capsys.readouterr().out
    assert "REFUSED, still observing: minimum_observation: 2 min" in said


@pytest.mark.parametrize(
    ("entries", "head", "words"),
    [
        ([line(0, "arived")], {}, "entries[0]: kind: one of arrived"),
        ([line(0, "vitals", sistolic=128)], {}, "unknown key 'sistolic'"),
        ([line(0, "vitals", systolic=1280, diastolic=80)], {}, "systolic: 30 to 300 mmHg is possible, not 1280"),
        ([line(0, "vitals", spo2=101)], {}, "spo2: 20 to 100 % is possible, not 101"),
        ([line(0, "check", id="fasting", result="confirmed")], {}, "not 'fasting'"),
        ([line(0, "scale", id="MOAAS", total=6)], {}, "0 to 5 is possible, not 6"),
        ([{"by": "nurse", "kind": "arrived"}], {}, "arrived: at is needed"),
        ([{"at": "2026-11-21T14:00:00", "by": "nurse", "kind": "arrived"}], {}, "a time with offset"),
        ([], {"protocol": "in_esketamine"}, "in_esketamine"),
        ([], {"setting": "home"}, "setting: outpatient"),
        ([], {"jurisdiction": "XX"}, "jurisdiction: US"),
        ([], {"asof": "today"}, "asof: a time with offset"),
        ([], {"planned": {"session": 0, "dose_mg": 56}}, "planned.session: a whole number from 1"),
        ([], {"planned": {"session": 1}}, "dose_mg"),
        ([], {"planned": {"session": 1, "dose_mg": "much"}}, "planned.dose_mg: a number above 0"),
        ([], {"planned": {"session": 1, "dose_mg": 56, "route": "oral"}}, "planned.route: intranasal"),
        ([], {"planed": 1}, "planed"),
        ([], {"patient": {"weight": 82}}, "weight"),
    ],
)
def test_a_bad_file_exits_2_with_one_line_that_names_it(replayed, entries, head, words):
    status, held, said = replayed(entries, **head)
    assert (status, held) == (2, None)
    assert words in said
    assert said.count("\n") == 1


def test_a_key_given_twice_exits_2(tmp_path, capsys):
    path = tmp_path / "session.yaml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8") + "asof: 2026-11-21T17:00:00-05:00\n", encoding="utf-8")
    assert main(["session", "replay", str(path)]) == 2
    assert "'asof' is given twice" in capsys.readouterr().err
