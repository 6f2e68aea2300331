"""The PHQ-9 beside the MADRS: the pairs that were seen, and the trials of the spray that were kept aside."""

from functools import cache

import numpy as np
import pytest

from remit.engine import trial as module
from remit.engine.second_scale import SecondScale
from remit.knowledge import phq9_link as files
from remit.knowledge.model_check import model_check
from remit.knowledge.pharmacology import pharmacology
from remit.knowledge.scales import outcome_rules, scale
from remit.pathway.outcome import definitions
from remit.quantities import BadInput
from tests.engine.trials import CHAIN, OTHER, SPRAY, arms, draws, endpoints, ran

PHQ9 = scale("PHQ9")
SCALE = SecondScale(files.phq9_link(), module.Endpoints.of(PHQ9, definitions(PHQ9, outcome_rules())))
TARGETS = {one.id: one for one in files.phq9_targets()}
KEPT = {one.target.id: one for one in model_check().second}


@cache
def spray():
    """Of each arm on the day that TRANSFORM was read: the fall on both scales, and the PHQ-9 at the start."""
    told = TARGETS["transform_phq9_fall"]
    found = []
    for at, arm in enumerate(arms(SPRAY, OTHER)):
        people = draws(6000, arm=f"arm {at}", unsure=False)
        scores = module.Scores.of(people, told.baseline, antidepressant=True)
        panels = [module.panel(pharmacology(), CHAIN, session) for session in arm.ladder]
        [(_, _, now)] = module.walk(arm, panels, people, scores, endpoints(), [told.at_h / 24])
        first = SCALE.rated(people, "baseline", scores.baseline)
        found.append((scores.baseline - now, first - SCALE.rated(people, "28", now, scores.baseline), first))
    return found


def test_the_typical_patient_stands_where_the_pairs_say():
    one = draws(3, vary=False)
    assert SCALE.rated(one, "x", np.array([1.0, 24.0, 48.0])).tolist() == [1, 15, 27]
    assert SCALE.rated(one, "x", np.array([0.0, 12.5, 60.0])).tolist() == [0, 8, 27]


def test_a_fall_is_as_steep_as_in_the_pairs_of_changes_and_nought_goes_with_nought():
    steep, unmoved = 23 / 36, 10 - 13 * 23 / 36
    falls = SCALE.fall(np.array([-33.0, -23.0, 0.0, 13.0, 32.0, 51.0]))
    wanted = np.array([-13 - 10 * steep, -13, unmoved, 10, 22, 34]) - unmoved
    assert falls == pytest.approx(wanted)
    one = draws(2, vary=False)
    first = np.array([24.0, 24.0])
    assert SCALE.rated(one, "x", np.array([24.0, 0.0]), first).tolist() == [15, 0]


def test_an_arm_keeps_the_mean_and_people_are_as_close_to_their_madrs_as_was_seen():
    madrs = np.clip(draws(8000).noise("any") * 9.0 + 22.0, 0, 48)
    held = SCALE.rated(draws(8000), "x", madrs)
    level = np.interp(madrs, SCALE.link.madrs, SCALE.link.other)
    assert held.mean() == pytest.approx(level.mean(), abs=0.15)
    assert np.corrcoef(held, level)[0, 1] == pytest.approx(SCALE.link.correlation, abs=0.02)


def test_the_kept_report_says_what_these_people_come_to():
    drug, other = spray()
    fell = [100.0 * (one[1] >= TARGETS["transform_phq9_fell"].fell_by).mean() for one in (drug, other)]
    found = {
        "transform_phq9_first": drug[2].mean(), "transform_placebo_phq9_first": other[2].mean(),
        "transform_phq9_fall": drug[1].mean(), "transform_placebo_phq9_fall": other[1].mean(),
        "transform_phq9_difference": drug[1].mean() - other[1].mean(),
        "transform_phq9_fell": fell[0], "transform_placebo_phq9_fell": fell[1],
    }  # fmt: skip
    assert list(KEPT) == list(TARGETS)
    for name, one in KEPT.items():
        assert found[name] == pytest.approx(one.predicted, abs=2.0 if one.unit == "%" else 0.35)


def test_what_fell_lies_in_its_interval_and_what_does_not_says_why():
    outside = [name for name, one in KEPT.items() if not one.inside]
    assert outside == ["transform_phq9_first", "transform_placebo_phq9_first"]
    assert all(KEPT[name].why for name in outside)


def test_no_result_on_the_phq_9_is_fitted_and_each_says_that_it_had_been_seen():
    assert {one.use for one in TARGETS.values()} == {"seen"}
    assert {one.scale for one in TARGETS.values()} == {"PHQ9"}


def test_both_scales_change_together_less_than_fully():
    for madrs, phq9, _ in spray():
        assert 0.6 < np.corrcoef(madrs, phq9)[0, 1] < 0.85


def test_a_trial_has_the_same_madrs_with_and_without_it_and_the_same_phq_9_however_split(monkeypatch):
    held = arms(SPRAY, OTHER)
    alone, beside = (ran(held, n=20, trials=6, at=(672.0,), follow=False, second=one) for one in (None, SCALE))
    monkeypatch.setattr(module, "BLOCK", 45)
    split = ran(held, n=20, trials=6, at=(672.0,), follow=False, second=SCALE)
    for one, other, again in zip(alone, beside, split, strict=True):
        assert one.second is None
        assert np.array_equal(one.change, other.change)
        assert np.array_equal(other.second.change, again.second.change)
        assert np.array_equal(other.second.response, again.second.response)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("[0, 1, 24, 48]", "[0, 24, 1, 48]", "madrs, phq9: as many on each are needed, all rising"),
        ("[-13, 10, 22]", "[-13, 10]", "madrs_falls, phq9_falls: as many on each are needed"),
        ("correlation: 0.77", "correlation: 1.5", r"above 0 and up to 1 is needed, not 1\.5"),
    ],
)
def test_a_link_that_makes_no_sense_is_refused(monkeypatch, tmp_path, before, after, words):
    (tmp_path / "phq9_link.yaml").write_text(files.FILE.read_text(encoding="utf-8").replace(before, after))
    monkeypatch.setattr(files, "FILE", tmp_path / "phq9_link.yaml")
    with pytest.raises(BadInput, match=words):
        files.phq9_link.__wrapped__()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("quantity: first", "quantity: mood", "one of first, fall, fell is needed, not 'mood'"),
        (", points: 6", "", "they belong to those who fell by so many"),
    ],
)
def test_a_result_that_makes_no_sense_is_refused(monkeypatch, tmp_path, before, after, words):
    (tmp_path / "phq9_link.yaml").write_text(files.FILE.read_text(encoding="utf-8").replace(before, after))
    monkeypatch.setattr(files, "FILE", tmp_path / "phq9_link.yaml")
    with pytest.raises(BadInput, match=words):
        files.phq9_targets.__wrapped__()
