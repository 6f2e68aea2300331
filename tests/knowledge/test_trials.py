"""The trials stand as they were carried in, every cell of them, and say how each figure was seen."""

import csv
import hashlib
import json
from pathlib import Path

import msgspec
import pytest

from remit.knowledge import check as checking
from remit.knowledge import trials as loading
from remit.knowledge.trials import ARMS, EVENTS, TIMES, check_release, counts, read_arms, trials
from remit.pathway.trials import Arm, Comparator, Design, Seen
from remit.quantities import BadInput

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "evidence_facts.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [ARMS, TIMES, EVENTS], ids=lambda path: path.name)
def test_every_cell_stands_as_it_was_carried_in(path):
    expected = REFERENCE[path.name]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == expected["sha256"]
    with path.open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))[1:]
    assert (len(table), sum(bool(cell) for row in table for cell in row)) == (
        expected["rows"],
        expected["filled_cells"],
    )


def test_every_filled_cell_reaches_the_typed_values():
    held = trials()
    values = {
        ARMS: [arm for study in held.studies for arm in study.arms],
        TIMES: held.timecourse,
        EVENTS: held.adverse_events,
    }
    for path, typed in values.items():
        filled = sum(leaf is not None for row in typed for leaf in msgspec.to_builtins(row).values())
        assert filled == REFERENCE[path.name]["filled_cells"]


def test_an_empty_cell_is_not_0():
    arm = arm_of("Zarate2012", "pbo")
    assert (arm.n_analysed, arm.responders_n) == (None, 0)


def arm_of(study, arm):
    return next(each for each in trials().study(study).arms if each.arm_id == arm)


@pytest.mark.parametrize(
    ("study", "arm", "field", "seen"),
    [
        ("Ionescu2021ASPIRE2", "esk", "change_mean", Seen.TABLE),
        ("Murrough2013RCT", "ket", "change_mean", Seen.ABSTRACT),
        ("Murrough2013RCT", "ket", "responders_n", Seen.MEMORY),
        ("Su2017", "ket05", "responders_n", Seen.MEMORY),
        ("Daly2019SUSTAIN1", "esk_rem", "n_randomised", Seen.MEMORY),
        ("Daly2019SUSTAIN1", "esk_rem", "events_relapse_n", Seen.ABSTRACT),
    ],
)
def test_each_figure_says_how_it_was_seen(study, arm, field, seen):
    assert arm_of(study, arm).seen(field) is seen


def test_what_decides_about_pooling_is_known_of_every_study():
    held = trials()
    assert held.study("Lii2023").facts.design is Design.PARALLEL
    assert held.study("Diazgranados2010").facts.any_time
    assert held.study("Daly2019SUSTAIN1").facts.enriched
    assert held.study("Li2016").facts.overlaps == ("Su2017",)
    assert {held.comparators[arm.comparator_type] for study in held.studies for arm in study.comparators} == {
        *Comparator
    }
    assert held.study("nobody") is None


def test_overlaps_are_named_from_both_sides():
    held = trials()
    for study in held.studies:
        for other in study.facts.overlaps:
            if held.study(other).facts.design is study.facts.design:
                assert study.id in held.study(other).facts.overlaps or study.id.startswith("Zaki")


def test_the_release_is_the_one_that_its_checksum_names(monkeypatch):
    check_release()
    monkeypatch.setattr(loading, "checksum", lambda: "0" * 64)
    with pytest.raises(BadInput, match=r"^release\.yaml: checksum: [0-9a-f]{64} is released, the files have 0{64}"):
        check_release()
    [problem] = [found for found in checking.check().problems if found.file.startswith("trials")]
    assert (problem.file, problem.reason.startswith("checksum: ")) == ("trials/release.yaml", True)


def test_the_check_of_the_knowledge_counts_the_rows():
    report = checking.check()
    assert report.by_kind["trials"] == sum(counts().values()) == sum(each["rows"] for each in REFERENCE.values())
    assert "trials/trials.csv" in report.files


HEADING = ",".join(field.encode_name for field in msgspec.structs.fields(Arm))


def arm_line(**cells):
    given = {"study_id": "X", "arm_id": "a", "verified": "yes", "year": "2030", "citation": "c", "id_verified": "yes"}
    given |= {"indication": "TRD", "design": "d", "arm_label": "l", "molecule": "saline", "route": "IV"}
    given |= {"is_comparator": "0"} | cells
    return ",".join(given.get(name, "") for name in HEADING.split(","))


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([arm_line(n_analysed="4.5")], r"row 1 \(X a\): .*n_analysed"),
        ([arm_line(verified="sure")], r"row 1 \(X a\): .*verified"),
        ([arm_line(is_comparator="yes")], r"row 1 \(X a\): is_comparator: 1 or 0 is needed, not 'yes'"),
        ([arm_line(year="")], r"row 1 \(X a\): .*year"),
        ([arm_line(), arm_line()], "X a: the arm is given twice"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(tmp_path, lines, said):
    file = tmp_path / "new.csv"
    file.write_text("\n".join([HEADING, *lines]) + "\n", encoding="utf-8")
    with pytest.raises(BadInput, match=rf"^new\.csv: {said}"):
        read_arms(file)


def test_an_unknown_or_a_missing_column_is_refused(tmp_path):
    file = tmp_path / "new.csv"
    file.write_text(f"{HEADING},more\n{arm_line()},1\n", encoding="utf-8")
    with pytest.raises(BadInput, match="`more`"):
        read_arms(file)
    file.write_text("study_id,arm_id\nX,a\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"^new\.csv: column verified, .* is missing"):
        read_arms(file)
