"""The fit of the mood chain: what it is of, what was kept aside, and that nothing has changed since."""

import csv

import pytest

from remit.knowledge import mood_posterior as files
from remit.knowledge.mood import mood_chain, mood_prior
from remit.knowledge.trial_conduct import trial_conduct
from remit.knowledge.trials import trials
from remit.quantities import BadInput

TARGETS = files.mood_targets()
ASIDE = [one for one in TARGETS if not one.fitted]


def test_the_worlds_are_of_the_files_that_stand_here():
    """Another checksum says: run `python -m tools.calibrate_mood` again."""
    assert files.mood_posterior().checksum == files.checksum()


def test_the_chain_is_the_middle_of_its_worlds():
    chain = mood_chain()
    column = files.mood_posterior().column("placebo_points", "value")
    assert chain["placebo_points"].value == pytest.approx(sum(column) / len(column))
    assert chain.version.startswith(mood_prior().version)
    assert chain["drive_steepness"] == mood_prior()["drive_steepness"]


def test_every_number_that_may_move_was_fitted_and_no_other():
    free = {(name, "value") for name, held in mood_prior().values.items() if held.uncertainty}
    free |= {(name, "sd") for name, held in mood_prior().values.items() if held.sd_uncertainty}
    assert set(files.mood_posterior().names) == free


def test_the_data_say_more_than_the_prior_on_most_numbers():
    prior, chain = mood_prior(), mood_chain()
    names = [name for name, held in prior.values.items() if held.uncertainty]
    closer = [name for name in names if chain[name].uncertainty < 0.9 * prior[name].uncertainty]
    assert len(closer) > len(names) / 2


def test_whole_studies_are_kept_aside_but_for_what_a_fitted_one_saw_at_another_time():
    fitted = {one.study for one in TARGETS if one.fitted}
    shared = [one for one in ASIDE if one.study in fitted]
    assert len({one.study for one in ASIDE} - fitted) >= 8
    assert all(one.at_h <= 24 for one in shared)


def test_the_report_has_a_row_for_each_target():
    rows = files.mood_report()
    assert [row["target"] for row in rows] == [one.id for one in TARGETS]
    for row in rows:
        inside = float(row["low"]) <= float(row["observed"]) <= float(row["high"])
        assert (row["inside"] == "yes") == inside


def test_what_is_fitted_mostly_lies_in_its_interval():
    rows = [row for row in files.mood_report() if row["use"] == "fitted"]
    assert sum(row["inside"] == "yes" for row in rows) >= 0.8 * len(rows)


@pytest.mark.parametrize(
    ("target", "study", "arm"),
    [("murrough_rct_fall", "Murrough2013RCT", "ket"), ("singh_esketamine_fall", "Singh2016IVesk", "esk04"),
     ("takahashi_84mg", "Takahashi2021JP", "esk84"), ("leal_arketamine_fall", "Leal2021arket", "arket"),
     ("synapse_84mg_168h", "Daly2018SYNAPSE", "esk84")],
)  # fmt: skip
def test_a_target_says_what_the_dataset_says(target, study, arm):
    held = next(one for one in TARGETS if one.id == target)
    [row] = [row for one in trials().studies if one.id == study for row in one.arms if row.arm_id == arm]
    assert held.observed == -row.change_mean
    assert row.seen("change_mean").value == held.status


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("status: abstract, error: 1.6", "status: memory, error: 1.6", "a result that was seen is needed"),
     ("use: aside", "use: maybe", "one of fitted, aside is needed"),
     (", error: 1.6", "", "a standard error is needed"),
     ("quantity: fall", "quantity: mood", "one of fall, sd")],
)  # fmt: skip
def test_a_target_that_cannot_stand_is_named(monkeypatch, tmp_path, old, new, said):
    own = tmp_path / "mood_targets.yaml"
    own.write_text(files.TARGETS.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(files, "TARGETS", own)
    with pytest.raises(BadInput, match=said):
        files.mood_targets.__wrapped__()


def test_a_world_that_is_no_number_is_refused(monkeypatch, tmp_path):
    table = list(csv.reader(files.WORLDS.open(encoding="utf-8")))
    table[1][0] = "nan"
    own = tmp_path / "mood_posterior.csv"
    with own.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table)
    monkeypatch.setattr(files, "WORLDS", own)
    with pytest.raises(BadInput, match="a number is needed, not 'nan'"):
        files.mood_posterior.__wrapped__()


def test_the_shares_that_leave_are_those_of_the_dataset():
    """Analysed of randomised and treated, as the pooled rows of TRANSFORM-1 and -2 have them."""
    held = trial_conduct().attendance
    pooled = {
        row.arm_id: row.of for row in trials().adverse_events
        if row.study_id == "TRANSFORM1+2_pooled" and row.event.startswith("discontinuation")
    }  # fmt: skip
    scored = {
        row.arm_id: row.n for row in trials().timecourse
        if row.study_id == "TRANSFORM1+2_pooled" and row.time_hours == 672 and row.statistic == "responders_n"
    }  # fmt: skip
    for arm, share in (("esk", held.leave_with_drug), ("pbo", held.leave_without)):
        assert share.value == pytest.approx(1 - scored[arm] / pooled[arm], abs=5e-4)
