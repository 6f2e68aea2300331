"""`remit pool` as the outside holds on to it."""

from __future__ import annotations

import json
import math

import pytest

from remit.cli import main
from tests.evidence.examples import BCG

ESTIMATE = {"k", "measure", "method", "estimate", "se", "ci", "pi", "z", "p", "coefficients", "egger", "studies"}
AGREEMENT = {"tau2", "tau2_ci", "i2", "h2", "q", "q_df", "q_p"}


@pytest.fixture
def pool(capsys, tmp_path):
    """Runs `remit pool` on a table given as text."""

    def run(text, *arguments):
        file = tmp_path / "table.csv"
        file.write_text(text, encoding="utf-8")
        status = main(["pool", str(file), *arguments])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_json_has_the_public_keys_and_defaults_to_reml_and_z(pool):
    status, out, err = pool(BCG, "--measure", "RR", "--json")
    held = json.loads(out)
    assert (status, err) == (0, "")
    assert set(held) >= ESTIMATE | AGREEMENT
    assert (held["k"], held["measure"], held["method"], held["test"]) == (13, "RR", "REML", "z")
    assert held["estimate"] == pytest.approx(-0.7145, abs=6e-5)
    assert held["exp"]["ci"] == pytest.approx([math.exp(end) for end in held["ci"]])
    assert set(held["studies"][0]) == {"study", "yi", "vi", "weight"}
    assert sum(study["weight"] for study in held["studies"]) == pytest.approx(100)
    assert (held["egger"]["z"], held["egger"]["p"]) == pytest.approx((-0.8033, 0.4218), abs=6e-5)


def test_moderators_give_coefficients_and_a_word_about_the_estimate(pool):
    _, out, _ = pool(BCG, "--measure", "RR", "--moderators", "ablat,alloc", "--json")
    held = json.loads(out)
    names = [each["name"] for each in held["coefficients"]]
    assert names == ["intrcpt", "ablat", "allocrandom", "allocsystematic"]
    assert held["omnibus"]["statistic"] == pytest.approx(11.0605, rel=1e-4)
    assert any("every moderator is 0" in note for note in held["notes"])


def test_clusters_make_the_errors_robust(pool):
    _, out, _ = pool(BCG, "--measure", "RR", "--cluster", "study", "--json")
    held = json.loads(out)
    assert held["se"] ** 2 == pytest.approx(0.032106, abs=6e-7)
    assert (held["df"], held["clusters"]) == (12, 13)


def test_rows_of_one_study_get_a_variance_of_their_own(pool):
    text = "study,yi,vi\nA,0.4,0.01\nA,0.5,0.02\nB,0.1,0.01\nB,0.0,0.02\nC,0.3,0.02\nC,0.2,0.01\n"
    _, out, _ = pool(text, "--measure", "GEN", "--cluster", "study", "--multilevel", "--json")
    held = json.loads(out)["multilevel"]
    assert (held["clusters"], held["df"]) == (3, 2)
    assert held["between"] > held["within"] >= 0
    status, _, err = pool(text, "--measure", "GEN", "--multilevel")
    assert (status, err) == (2, "remit: clusters: more than 1 are needed for 1 coefficients, not 0\n")


def test_people_get_a_table_with_the_answer_first(pool):
    status, out, _ = pool(BCG, "--measure", "RR", "--bias", "--influence", "--subgroups", "alloc", "--order", "year")
    assert status == 0
    assert "estimate 0.4894" in out.splitlines()[1]
    for part in ("subgroups", "cumulative", "leave one out", "influence", "begg", "trim and fill"):
        assert f"\n{part}\n" in out


def test_a_zero_cell_is_said(pool):
    _, out, _ = pool("study,ai,bi,ci,di\nA,0,10,3,9\nB,2,8,3,9\n", "--measure", "OR", "--json")
    assert json.loads(out)["notes"][0].startswith("row 1 (A): a cell is 0: 0.5 was added")


def test_one_study_is_shown_without_a_pool_and_without_eggers_test(pool):
    status, out, _ = pool("yi,vi\n0.4,0.04\n", "--measure", "GEN", "--json")
    held = json.loads(out)
    assert (status, held["k"], held["pi"], held["tau2_ci"]) == (0, 1, None, None)
    assert held["egger"]["z"] is None
    assert "at least 3 studies" in held["egger"]["reason"]
    assert "one study" in held["notes"][0]


def test_the_same_study_twice_is_said_unless_it_is_a_cluster(pool):
    text = "study,yi,vi\nA,0.4,0.04\nA,0.3,0.04\nB,0.1,0.05\n"
    _, out, _ = pool(text, "--measure", "GEN", "--json")
    assert "study A stands in 2 rows" in json.loads(out)["notes"][0]
    _, out, _ = pool(text, "--measure", "GEN", "--cluster", "study", "--json")
    assert json.loads(out)["notes"] == [
        "errors are robust to clusters and tested by t on 1 df, whatever the test chosen"
    ]


def test_proportions_are_given_back_as_proportions(pool):
    for measure in ("PLO", "PFT"):
        _, out, _ = pool("xi,ni\n4,10\n9,20\n20,50\n", "--measure", measure, "--json")
        held = json.loads(out)["proportion"]
        assert 0.3 < held["ci"][0] < held["estimate"] < held["ci"][1] < 0.6


def test_an_exponential_beyond_any_number_is_left_out(pool):
    _, out, _ = pool(
        "ai,bi,ci,di\n1,0,0,1\n1,0,0,1\n", "--measure", "OR", "--test", "t", "--level", "99.9999", "--json"
    )
    held = json.loads(out)
    assert (held["exp"]["ci"][1], held["ci"][1] > 709) == (None, True)


@pytest.mark.parametrize(
    ("text", "arguments", "said"),
    [
        ("study,yi,vi\nA,1,-2\n", "--measure GEN", "row 1 (A): vi: more than 0 is needed, not -2"),
        ("study,yi,vi\nA,1,\n", "--measure GEN", "row 1 (A): vi: a number is needed, not ''"),
        ("study,yi,vi\nA,1,x\n", "--measure GEN", "row 1 (A): vi: a number is needed, not 'x'"),
        ("yi,vi\n1,1\n1,nan\n", "--measure GEN", "row 2: vi: a number is needed, not 'nan'"),
        ("yi,vi\n1,1,1\n", "--measure GEN", "row 1: 2 cells are needed, not 3"),
        ("yi,yi\n1,1\n", "--measure GEN", "each column is named once, not 'yi' 2 times"),
        ("yi,vi\n", "--measure GEN", "rows: at least 1 is needed below the heading, not 0"),
        ("", "--measure GEN", "the table is empty"),
        ("yi,vx\n1,1\n", "--measure GEN", "column vi: needed for the measure GEN; there are yi, vx"),
        ("study,ai,bi,ci,di\nA,0,0,1,2\n", "--measure RR", "row 1 (A): ai + bi: an arm of at least 1 is needed, not 0"),
        ("study,xi,ni\nA,5,4\n", "--measure PLO", "row 1 (A): xi: at most ni (4) is needed, not 5"),
        ("yi,vi,m\n1,1,2\n2,1,2\n3,1,2\n", "--measure GEN --moderators m", "moderator m: at least 2 different values"),
        ("yi,vi,m\n1,1,a\n2,1,a\n", "--measure GEN --moderators m", "moderator m: at least 2 different levels"),
        ("yi,vi,m\n1,1,a\n2,1,4\n", "--measure GEN --moderators m", "row 1: m: numbers or words are needed, not both"),
        (
            "yi,vi,m\n1,1,1\n2,1,4\n",
            "--measure GEN --moderators m",
            "studies: at least 3 are needed for 2 coefficients",
        ),
        ("yi,vi\n1,1\n", "--measure GEN --moderators m", "column m: needed for the choices made"),
        (
            "yi,vi,scale\n1,1,MADRS\n2,1,HDRS\n",
            "--measure GEN",
            "scale: one is needed for the measure GEN, not MADRS, HDRS",
        ),
        ("yi,vi\n1,1\n", "--measure XX", "invalid choice: 'XX'"),
        ("yi,vi\n1,1\n", "--measure GEN --level 0", "level: more than 0 and less than 100 is needed, not 0"),
    ],
)
def test_bad_input_exits_2_with_one_line_that_names_it(pool, text, arguments, said):
    status, out, err = pool(text, *arguments.split())
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_a_file_that_is_not_there_exits_2(capsys, tmp_path):
    assert main(["pool", str(tmp_path / "none.csv"), "--measure", "GEN"]) == 2
    assert "none.csv: cannot be read" in capsys.readouterr().err


def test_several_tables_are_pooled_as_one_where_their_columns_are_the_same(tmp_path, capsys):
    heading, *rows = [line for line in BCG.splitlines() if line.strip()]
    halves = [tmp_path / "first.csv", tmp_path / "second.csv"]
    for file, part in zip(halves, (rows[:6], rows[6:]), strict=True):
        file.write_text("\n".join([heading, *part]), encoding="utf-8")
    assert main(["pool", *map(str, halves), "--measure", "RR", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["estimate"] == pytest.approx(-0.7145, abs=6e-5)
    halves[1].write_text("study,xi,ni\nA,1,2\n", encoding="utf-8")
    assert main(["pool", *map(str, halves), "--measure", "PLO"]) == 2
    assert "columns: the same are needed in every table" in capsys.readouterr().err
