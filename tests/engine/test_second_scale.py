"""The PHQ-9 beside the MADRS: the pairs that were seen, and the trials of the spray that were kept aside."""

from functools import cache

import numpy as np
import pytest

from remit.engine import trial as module
from remit.engine.second_scale import SecondScale
from remit.knowledge import phq9_link as files
from remit.knowledge.pharmacology import pharmacology
from remit.knowledge.scales import outcome_rules, scale
from remit.pathway.outcome import definitions
from remit.quantities import BadInput
from tests.engine.trials import CHAIN, OTHER, SPRAY, arms, draws, endpoints, ran

PHQ9 = scale("PHQ9")
SCALE = SecondScale(files.phq9_link(), module.Endpoints.of(PHQ9, definitions(PHQ9, outcome_rules())))
[TRANSFORM] = files.judged_by()


@cache
def spray():
    """Of each arm on the day that TRANSFORM was read: the fall on both scales, and the PHQ-9 at the start."""
    found = []
    for at, arm in enumerate(arms(SPRAY, OTHER)):
        people = draws(6000, arm=f"arm {at}", unsure=False)
        scores = module.Scores.of(people, TRANSFORM.baseline, antidepressant=True)
        panels = [module.panel(pharmacology(), CHAIN, session) for session in arm.ladder]
        [(_, _, now)] = module.walk(arm, panels, people, scores, endpoints(), [TRANSFORM.at_h / 24])
        first, last = SCALE.rated(people, "baseline", scores.baseline), SCALE.rated(people, "28", now)
        found.append((scores.baseline - now, first - last, first))
    return found


def test_the_typical_patient_stands_where_the_pairs_say():
    one = draws(3, vary=False)
    assert SCALE.rated(one, "x", np.array([1.0, 24.0, 48.0])).tolist() == [1, 15, 27]
    assert SCALE.rated(one, "x", np.array([0.0, 12.5, 60.0])).tolist() == [0, 8, 27]


def test_an_arm_keeps_the_mean_and_people_are_as_close_to_their_madrs_as_was_seen():
    madrs = np.clip(draws(8000).noise("any") * 9.0 + 22.0, 0, 48)
    held = SCALE.rated(draws(8000), "x", madrs)
    level = np.interp(madrs, SCALE.link.madrs, SCALE.link.other)
    assert held.mean() == pytest.approx(level.mean(), abs=0.15)
    assert np.corrcoef(held, level)[0, 1] == pytest.approx(SCALE.link.correlation, abs=0.02)


def test_the_difference_that_transform_saw_lies_within_its_error():
    seen, (drug, other) = TRANSFORM.observed, spray()
    found = drug[1].mean() - other[1].mean()
    assert found == pytest.approx(seen.fall[0] - seen.fall[1], abs=1.96 * np.hypot(*seen.fall_error))


def test_as_many_fall_by_six_points_as_transform_saw():
    seen = TRANSFORM.observed
    for (_, fall, _), share, size in zip(spray(), seen.fell_by_6, seen.size, strict=True):
        error = 100.0 * np.sqrt(0.25 / size)
        assert 100.0 * (fall >= 6).mean() == pytest.approx(share, abs=1.96 * error)


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
        ("[0, 1, 24, 48]", "[0, 24, 1, 48]", "as many totals in each are needed, all rising"),
        ("correlation: 0.77", "correlation: 1.5", r"above 0 and up to 1 is needed, not 1\.5"),
    ],
)
def test_a_link_that_makes_no_sense_is_refused(monkeypatch, tmp_path, before, after, words):
    (tmp_path / "phq9_link.yaml").write_text(files.FILE.read_text(encoding="utf-8").replace(before, after))
    monkeypatch.setattr(files, "FILE", tmp_path / "phq9_link.yaml")
    with pytest.raises(BadInput, match=words):
        files.phq9_link.__wrapped__()
