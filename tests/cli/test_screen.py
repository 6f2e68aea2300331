import json
from pathlib import Path

import pytest

from remit.cli import main
from remit.knowledge.protocols import protocols

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
WORKED, MANY = EXAMPLES / "case_worked_history.yaml", EXAMPLES / "case_many_findings.yaml"


def run(capsys, *arguments):
    status = main(["screen", *map(str, arguments)])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def document(capsys, *arguments):
    status, out, _ = run(capsys, *arguments, "--json")
    return status, json.loads(out)


def test_an_eligible_candidate_exits_0(capsys):
    status, screening = document(capsys, WORKED, "--protocol", "iv_racemic_ketamine")
    assert (status, screening["verdict"]) == (0, "eligible")
    assert (screening["resistant_trials"], len(screening["trials"])) == (2, 5)


def test_a_review_exits_0(capsys):
    status, screening = document(capsys, WORKED, "--protocol", "in_esketamine_eu")
    assert (status, screening["verdict"]) == (0, "review")


def test_a_blocked_candidate_exits_1_with_every_reason_worst_first(capsys):
    status, screening = document(capsys, MANY, "--protocol", "iv_racemic_ketamine")
    assert (status, screening["verdict"]) == (1, "blocked")
    order = ["block", "prescriber_review", "warn", "record"]
    actions = [order.index(found["action"]) for found in screening["findings"]]
    assert actions == sorted(actions)
    assert {"avm", "bp_rise_hazard", "prior_stroke", "consent_offlabel", "predose_bp_block_ch"} <= {
        found["id"] for found in screening["findings"]
    }


@pytest.mark.parametrize("case", [WORKED, MANY], ids=lambda path: path.stem)
@pytest.mark.parametrize("protocol_id", sorted(protocols()))
def test_every_protocol_screens_every_example(capsys, case, protocol_id):
    status, screening = document(capsys, case, "--protocol", protocol_id)
    assert status == (screening["verdict"] == "blocked")
    assert screening["protocol"] == protocol_id


def test_people_get_a_table(capsys):
    status, out, _ = run(capsys, MANY, "--protocol", "iv_racemic_ketamine")
    assert status == 1
    assert out.startswith("protocol")
    assert "arteriovenous malformation" in out


def test_an_adopted_value_blocks(capsys, tmp_path):
    case = tmp_path / "case.yaml"
    text = WORKED.read_text(encoding="utf-8").replace("  - recent_cv_event_6wk\n", "")
    case.write_text(text.replace("[hypertension_treated]", "[recent_cv_event_6wk]"), encoding="utf-8")
    assert document(capsys, case, "--protocol", "in_esketamine_eu")[1]["verdict"] == "review"
    status, screening = document(
        capsys,
        case,
        "--protocol",
        "in_esketamine_eu",
        "--adopted",
        "contraindications.label_absolute_eu_extra.recent_cv_event_6wk",
    )
    assert (status, screening["verdict"]) == (1, "blocked")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([WORKED, "--protocol", "iv_ketamin"], "iv_ketamin"),
        ([WORKED], "--protocol"),
        (["nowhere.yaml", "--protocol", "iv_racemic_ketamine"], "nowhere.yaml"),
        ([WORKED, "--protocol", "iv_racemic_ketamine", "--adopted", "nothing"], "nothing"),
    ],
)
def test_bad_input_exits_2_with_one_line(capsys, arguments, said):
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
