"""`remit evidence`."""

from __future__ import annotations

import json
import shlex

import msgspec
import pytest

from remit.cli import main
from remit.pathway.trials import Arm


def run(capsys, *argv):
    status = main(["evidence", *argv])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_list_names_every_study(capsys):
    _, out, _ = run(capsys, "list", "--json")
    held = json.loads(out)
    assert held["count"] == len(held["studies"]) == 52
    status, out, _ = run(capsys, "list")
    assert (status, out.splitlines()[-1]) == (0, "52 studies")


def test_show_gives_each_figure_and_what_was_not_seen(capsys):
    _, out, _ = run(capsys, "show", "Murrough2013RCT", "--json")
    arm = json.loads(out)["arms"][0]
    assert (arm["change_mean"], arm["not_seen"]) == (
        -16.5,
        ["diff_ci_high", "diff_ci_low", "diff_mean", "responders_n", "responders_pct"],
    )
    assert run(capsys, "show", "Lii2023")[0] == 0


def test_pool_prints_its_reasons_its_release_and_a_command_that_repeats_it(capsys):
    arguments = ["pool", "--outcome", "remission", "--route", "intranasal", "--at", "4w", "--join", "comparators"]
    status, out, _ = run(capsys, *arguments, "--json")
    first = json.loads(out)
    assert status == 0
    assert first["pools"][0]["k"] == 2
    assert {"study", "arms", "reason", "text"} == set(first["excluded"][0])
    again = shlex.split(first["command"])[2:]
    assert json.loads(run(capsys, *again, "--json")[1]) == first
    _, text, _ = run(capsys, *arguments)
    assert "joined: comparators" in text
    assert text.rstrip().endswith(first["command"])
    assert "not seen: " in text


def test_network_names_the_parts_that_nothing_connects(capsys):
    status, out, _ = run(capsys, "network", "--outcome", "remission", "--json")
    held = json.loads(out)
    assert status == 0
    [late] = [each for each in held["networks"] if each["time"] == "weeks_2_to_8"]
    assert late["connected"] is False
    named = [name for part in late["parts"] for name in part["treatments"]]
    assert len(named) == len(set(named))
    assert {"ketamine intravenous", "ECT", "quetiapine XR", "background with inert spray"} <= set(named)
    assert "Loo2023KADS2" in held["from_memory"]
    _, text, _ = run(capsys, "network", "--outcome", "remission")
    assert "parts that nothing connects" in text


def test_a_treatment_on_top_of_a_background_is_not_the_treatment_alone(capsys):
    _, out, _ = run(capsys, "network", "--outcome", "change", "--measure", "SMD", "--join", "times", "--json")
    [one] = json.loads(out)["networks"]
    parts = [set(part["treatments"]) for part in one["parts"]]
    assert not any({"esketamine intranasal", "esketamine intranasal with background"} <= part for part in parts)


def test_claims_give_verdict_figures_and_reason(capsys):
    status, out, _ = run(capsys, "claims", "--json")
    held = json.loads(out)
    assert (status, held["count"]) == (0, 15)
    first = held["claims"][0]
    assert (first["verdict"], first["rests_on_memory"]) == ("partly", True)
    assert {"says", "bearing", "figures", "studies", "from_memory"} == set(first["checks"][0])
    _, text, _ = run(capsys, "claims", "seventy_percent_respond")
    assert "not supported: " in text
    assert "No such study could be found." in text


def test_thoughts_of_suicide_are_pooled_by_themselves_when_asked_for(capsys):
    _, out, _ = run(capsys, "pool", "--on", "suicidality", "--json")
    held = json.loads(out)
    assert [study["study_id"] for pool in held["pools"] for study in pool["studies"]] == ["Grunebaum2018"]
    assert held["joined"] == []


def test_check_and_release_say_what_is_carried(capsys):
    status, out, _ = run(capsys, "check", "--json")
    held = json.loads(out)
    assert (status, held["ok"], held["rows"]["memory"]) == (0, True, 76)
    assert "52 studies; rows:" in run(capsys, "check")[1]
    _, out, _ = run(capsys, "release", "--json")
    assert set(json.loads(out)) == {"version", "date", "checksum", "changes"}


HEADING = [field.encode_name for field in msgspec.structs.fields(Arm)]


@pytest.fixture
def new_study(tmp_path):
    def write(*arms):
        lines = [",".join(HEADING)]
        for arm in arms:
            given = {"study_id": "New2030", "verified": "yes", "year": "2030", "citation": "c", "id_verified": "yes"}
            given |= {"indication": "TRD", "design": "RCT parallel", "arm_label": "l", "molecule": "saline"}
            given |= {"route": "IV", "is_comparator": "0"} | arm
            lines.append(",".join(given.get(name, "") for name in HEADING))
        file = tmp_path / "new.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(file)

    return write


PLACEBO = {"arm_id": "pbo", "is_comparator": "1", "comparator_type": "inert placebo"}


def test_add_passes_a_study_that_fits(capsys, new_study):
    ketamine = {"arm_id": "ket", "responders_n": "9", "responders_pct": "45", "n_analysed": "20"}
    status, out, _ = run(capsys, "add", new_study(ketamine, PLACEBO), "--json")
    assert (status, json.loads(out)) == (0, {"ok": True, "studies": ["New2030"], "problems": []})


def test_add_says_every_problem_and_what_to_do(capsys, new_study):
    ketamine = {"arm_id": "ket", "responders_n": "9", "responders_pct": "54", "n_analysed": "20"}
    file = new_study(ketamine | {"nct": "NCT03861988", "change_sd": "10", "change_se": "9"}, PLACEBO)
    status, out, _ = run(capsys, "add", file, "--json")
    found = json.loads(out)["problems"]
    assert (status, [each["field"] for each in found]) == (1, ["responders_n", "change_se", "nct"])
    assert all(each["fix"] for each in found)
    assert "9 of 20 is 45.0 %, printed are 54 %" in run(capsys, "add", file)[1]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["show", "Lii2032"], "study 'Lii2032': not known; near it: Lii2023"),
        (["pool", "--join", "everything"], "join: one of comparators, "),
        (
            ["pool", "--at", "soon"],
            "at: a time such as 24h, 7d or 4w, or a span such as 1w-8w",
        ),
        (["pool", "--outcome", "change", "--measure", "RR"], "measure: change has MD, SMD, not RR"),
        (["add", "absent.csv"], "absent.csv: cannot be read"),
        (["claims", "flat_earth"], "claim: one of subcutaneous_one_in_five, "),
        ([], "evidence_command"),
    ],
)
def test_bad_input_exits_2_with_one_line(capsys, argv, said):
    status, out, err = run(capsys, *argv)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err or not argv
