"""`remit plan`: its document, its exit status, its refusals."""

import json

import pytest

from remit.cli import main

CASE = """
asof: 2026-11-21
jurisdiction: US
setting: outpatient
patient: {birth_date: 1978-03-04}
diagnosis: {indication: mdd_trd}
"""


@pytest.fixture
def plan(tmp_path, capsys):
    """Runs the command on a case: status, document or table, and messages."""

    def run(*arguments, as_json=True):
        path = tmp_path / "case.yaml"
        path.write_text(CASE, encoding="utf-8")
        status = main(["plan", str(path), "--protocol", *map(str, arguments), *(["--json"] if as_json else [])])
        printed = capsys.readouterr()
        return status, json.loads(printed.out) if as_json and printed.out else printed.out, printed.err

    return run


def test_six_infusions_and_four_weeks_of_maintenance(plan):
    status, course, _ = plan("iv_racemic_ketamine", "--start", "2026-11-23")
    assert status == 0
    assert [one["date"] for one in course["sessions"]] == [
        "2026-11-23",
        "2026-11-25",
        "2026-11-27",
        "2026-11-30",
        "2026-12-02",
        "2026-12-04",
        "2026-12-07",
        "2026-12-14",
        "2026-12-21",
        "2026-12-28",
    ]
    assert [one["phase"] for one in course["sessions"]] == ["induction"] * 6 + ["maintenance"] * 4
    assert [one["n"] for one in course["sessions"]] == [*range(1, 11)]
    assert [one["after_session"] for one in course["reviews"]] == [3, 6]
    assert course["sessions"][1].keys() == {"n", "phase", "date", "earliest", "latest"}


def test_an_option_and_the_weeks_of_maintenance_are_chosen(plan):
    option = "thrice_weekly_until_remission_max12"
    _, course, _ = plan("iv_racemic_ketamine", "--start", "2026-11-23", "--option", option, "--maintenance-weeks", 0)
    assert (course["option"], course["maximum"], len(course["sessions"])) == (option, True, 12)


def test_the_us_spray_is_induced_optimised_and_maintained(plan):
    _, course, _ = plan("in_esketamine_us_trd", "--start", "2026-11-23")
    assert [one["phase"] for one in course["sessions"]] == (
        ["induction"] * 8 + ["optimisation"] * 4 + ["maintenance"] * 4
    )


@pytest.mark.parametrize("protocol_id", ["im_racemic_ketamine", "iv_arketamine", "iv_esketamine", "sc_esketamine"])
def test_a_protocol_without_a_schedule_exits_1_and_says_why(plan, protocol_id):
    status, course, _ = plan(protocol_id, "--start", "2026-11-23")
    assert (status, course["sessions"]) == (1, [])
    assert [one["id"] for one in course["findings"]] == ["no_schedule"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--start", "tomorrow"], "start: a date"),
        (["--start", "9999-12-31"], "start: a day that leaves room"),
        (["--start", "2026-11-23", "--option", "daily"], "not 'daily'"),
        (["--start", "2026-11-23", "--maintenance-weeks", "-1"], "0 or more"),
        (["--start", "2026-11-23", "--interval-days", "28"], "not 28"),
        ([], "--start"),
    ],
)
def test_bad_input_exits_2_with_one_line(plan, arguments, said):
    status, out, err = plan("iv_racemic_ketamine", *arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_people_get_a_table(plan):
    status, out, _ = plan("iv_racemic_ketamine", "--start", "2026-11-23", as_json=False)
    assert status == 0
    assert "2026-11-25" in out
