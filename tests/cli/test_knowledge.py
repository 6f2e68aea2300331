"""`remit knowledge`."""

import json

import pytest

from remit.cli import main


def run(capsys, *argv):
    status = main(["knowledge", *argv])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_show_prints_value_unit_origin_status_and_citation(capsys):
    status, out, _ = run(capsys, "show", "in_esketamine_us_trd.device.rest_between_devices_min", "--json")
    shown = json.loads(out)
    assert status == 0
    assert (shown["value"], shown["unit"], shown["origin"], shown["status"]) == (5, "min", "label", "verified")
    assert {cited["key"] for cited in shown["citations"]} == {"SPRAVATO_USPI", "MIMS_SPRAVATO", "SPRAVATOHCP"}


def test_show_for_people_names_the_source(capsys):
    status, out, _ = run(capsys, "show", "PHQ9.remission")
    assert status == 0
    assert "LOINC_44261" in out
    assert "secondary" in out


def test_an_unknown_id_exits_2_with_one_line(capsys):
    status, out, err = run(capsys, "show", "PHQ9.remision")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "PHQ9.remission" in err


def test_check_exits_0_with_counts_by_status(capsys):
    status, out, _ = run(capsys, "check", "--json")
    report = json.loads(out)
    assert status == 0
    assert report["ok"] is True
    assert report["problems"] == []
    assert report["by_status"]["verified"] > 300


def test_check_of_a_clinics_wrong_file_exits_1_and_names_file_path_and_reason(capsys, tmp_path):
    (tmp_path / "house.yaml").write_text(
        "id: house\nname: ours\nregulatory: {text: x, status: sure}\n", encoding="utf-8"
    )
    status, out, _ = run(capsys, "check", "--folder", str(tmp_path), "--json")
    first = json.loads(out)["problems"][0]
    assert status == 1
    assert (first["file"], first["path"]) == ("house.yaml", "regulatory.status")
    status, out, _ = run(capsys, "check", "--folder", str(tmp_path))
    assert "house.yaml: regulatory.status: a known status word is needed, not 'sure'" in out


def test_list_takes_a_kind_and_a_status(capsys):
    status, out, _ = run(capsys, "list", "--kind", "safety", "--status", "derived", "--json")
    listed = json.loads(out)
    assert status == 0
    assert "predose_bp_hold" in {entry["id"] for entry in listed["entries"]}
    assert listed["count"] == len(listed["entries"]) < listed["of"]


@pytest.mark.parametrize(
    "argv", [("list", "--kind", "x"), ("list", "--status", "x"), ("check", "--folder", "absent"), ()]
)
def test_bad_arguments_exit_2(capsys, argv):
    status, _, err = run(capsys, *argv)
    assert status == 2
    assert err
