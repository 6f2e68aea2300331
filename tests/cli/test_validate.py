"""`remit validate`: rows, sums, a table of one's own."""

import json

from remit.cli import main
from remit.knowledge import pharmacology
from remit.knowledge.mood import accept_ranges
from remit.knowledge.mood_posterior import mood_targets
from remit.knowledge.pharmacology import OBSERVED, observations
from remit.knowledge.phq9_link import phq9_targets

KEYS = {
    "source", "molecule", "route", "regimen", "quantity", "time", "unit", "observed", "predicted", "pi", "fold_error",
    "inside_pi", "verified", "skipped",
}  # fmt: skip


def own(tmp_path, rows):
    path = tmp_path / "own.csv"
    path.write_text("\n".join(OBSERVED.read_text(encoding="utf-8").splitlines()[:rows]) + "\n", encoding="utf-8")
    return path


def test_a_table_of_ones_own(tmp_path, capsys):
    assert main(["validate", "--against", str(own(tmp_path, 6)), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert not KEYS - set(told["rows"][0])
    assert len(told["rows"]) == 5
    first = told["rows"][0]
    assert (first["observed"], first["inside_pi"], first["skipped"]) == (185, True, None)
    assert first["pi"][0] < first["predicted"] < first["pi"][1]
    assert set(told["summary"]["by_route"]) == {"IV"}
    assert "trials" not in told


def test_the_virtual_trials_stand_beside_their_ranges_as_the_kept_report_has_them(monkeypatch, capsys):
    few = observations()[:2]
    monkeypatch.setattr(pharmacology, "observations", lambda: few)
    assert main(["validate", "--json"]) == 0
    trials = json.loads(capsys.readouterr().out)["trials"]
    assert [cell["id"] for cell in trials["cells"]] == [one.id for one in accept_ranges()]
    first = trials["cells"][0]
    assert first["inside_range"] is (first["range"][0] <= first["predicted"] <= first["range"][1])
    assert first["pi"][0] < first["predicted"] < first["pi"][1]
    assert [one["id"] for one in trials["results"]] == [one.id for one in mood_targets()]
    assert {one["use"] for one in trials["results"]} == {"fitted", "aside"}
    assert [(one["scale"], one["use"]) for one in trials["second"]] == [("PHQ9", "seen")] * len(phq9_targets())
    assert main(["validate"]) == 0
    printed = capsys.readouterr().out
    assert f"as computed on {trials['date']} by python tools/model_check.py" in printed
    assert "iv_once_relapse" in printed
    assert "murrough_series_relapse" in printed
    assert "transform_placebo_phq9_fall" in printed
    assert "(memory: reported, not required)" in printed


def test_a_table_for_people(tmp_path, capsys):
    assert main(["validate", "--against", str(own(tmp_path, 3))]) == 0
    printed = capsys.readouterr().out
    assert "Zarate2006" in printed
    assert "studies that no model was fitted to" in printed


def test_a_file_that_is_not_there_or_not_such_a_table(tmp_path, capsys):
    assert main(["validate", "--against", str(tmp_path / "none.csv")]) == 2
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert main(["validate", "--against", str(tmp_path / "other.csv")]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 2
    assert "none.csv: cannot be read (No such file or directory)" in message
    assert "the columns source, molecule" in message
    assert "not known: a, b" in message


def test_a_spreadsheets_own_mark_is_read_and_a_number_that_is_none_is_refused(tmp_path, capsys):
    path = own(tmp_path, 2)
    path.write_text("\ufeff" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["validate", "--against", str(path)]) == 0
    for word in ("nan", "inf", "1e999"):
        path.write_text(path.read_text(encoding="utf-8").replace(",185,", f",{word},"), encoding="utf-8")
        assert main(["validate", "--against", str(path)]) == 2
        assert f"row 1: value: a number is needed, not '{word}'" in capsys.readouterr().err
        path.write_text(path.read_text(encoding="utf-8").replace(f",{word},", ",185,"), encoding="utf-8")
