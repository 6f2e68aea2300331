"""A new study is tried before it is pooled: pairs of what just fits and what does not."""

from __future__ import annotations

import pytest

from remit.evidence.plausibility import problems
from remit.knowledge.trials import trials
from remit.pathway.trials import Arm, Seen


def arm(arm_id="ket", **given):
    basis = {"study_id": "New2030", "arm_id": arm_id, "verified": Seen.TABLE, "source_ref": None, "notes": None}
    basis |= {"year": 2030, "citation": "c", "id_verified": "yes", "indication": "TRD", "design": "open-label"}
    basis |= {"arm_label": arm_id, "molecule": "racemic ketamine", "route": "IV", "is_comparator": False}
    return Arm(**basis | given)


def fields(*arms, known=None):
    return [each.field for each in problems(arms, known)]


@pytest.mark.parametrize(
    ("fits", "does_not", "field"),
    [
        ({"responders_n": 12, "responders_pct": 60.6}, {"responders_n": 12, "responders_pct": 60.7}, "responders_n"),
        ({"remitters_n": 20}, {"remitters_n": 21}, "remitters_n"),
        ({"responders_n": 5, "remitters_n": 5}, {"responders_n": 5, "remitters_n": 6}, "remitters_n"),
        ({"responders_pct": 100}, {"responders_pct": 100.1}, "responders_pct"),
        ({"change_sd": 10, "change_se": 2.4}, {"change_sd": 10, "change_se": 3.0}, "change_se"),
        ({"n_randomised": 20}, {"n_randomised": 19}, "n_analysed"),
        ({"change_sd": 0.1}, {"change_sd": 0}, "change_sd"),
        (
            {"change_mean": -10, "change_sd": 7.3, "change_ci_low": -13.4, "change_ci_high": -6.6},
            {"change_mean": -10, "change_sd": 5.0, "change_ci_low": -13.4, "change_ci_high": -6.6},
            "change_ci_low",
        ),
        (
            {"diff_mean": -3.8, "diff_ci_low": -6.56, "diff_ci_high": -1.09, "diff_se": 1.39},
            {"diff_mean": 3.8, "diff_ci_low": -6.56, "diff_ci_high": -1.09, "diff_se": 1.39},
            "diff_ci_low",
        ),
        (
            {"diff_mean": -3.8, "diff_ci_low": -6.56, "diff_ci_high": -1.09, "diff_se": 1.39},
            {"diff_mean": -3.8, "diff_ci_low": -6.56, "diff_ci_high": -1.09, "diff_se": 1.6},
            "diff_se",
        ),
        ({}, {"diff_mean": -3.8, "diff_ci_low": -6.56}, "diff_ci_low"),
    ],
)
def test_figures_that_do_not_fit_are_named(fits, does_not, field):
    assert fields(arm(n_analysed=20, **fits)) == []
    assert fields(arm(n_analysed=20, **does_not)) == [field]


def test_a_count_without_its_number_is_named_but_not_a_count_of_0():
    assert fields(arm(responders_n=3)) == ["responders_n"]
    assert fields(arm(responders_n=0)) == []
    assert fields(arm(responders_n=3, resp_denominator_n=9)) == []


def test_a_crossover_needs_its_paired_difference():
    design = {"design": "RCT double-blind crossover", "n_analysed": 9}
    placebo = arm("pbo", is_comparator=True, comparator_type="inert placebo", **design)
    [found] = problems([arm(change_mean=-9, change_sd=8, **design), placebo])
    assert (found.field, "diff_se" in found.fix) == ("design", True)
    assert fields(arm(diff_mean=-9, diff_se=3, **design), placebo) == []


def test_a_randomised_comparison_needs_a_comparator_and_only_a_comparator_has_a_kind():
    assert fields(arm("a", design="RCT parallel"), arm("b", design="RCT parallel")) == ["is_comparator"]
    assert fields(arm(comparator_type="inert placebo")) == ["comparator_type of ket"]


def test_a_cohort_that_is_known_already_is_found_by_registry_number_and_by_id():
    known = trials()
    assert fields(arm(nct="NCT03861988"), known=known) == ["nct"]
    assert fields(arm(study_id="Lii2023"), known=known) == ["study_id"]
    assert fields(arm(nct="NCT99999999", doi="10.1/none"), known=known) == []


def test_the_carried_trials_have_only_the_gaps_that_their_papers_leave():
    found = problems([each for study in trials().studies for each in study.arms])
    open_ones = {(each.study, each.field) for each in found}
    crossovers = {"Berman2000", "Zarate2006", "Diazgranados2010", "Zarate2012", "Taylor2018SAD", "Loo2016"}
    expected = {(study, "design") for study in crossovers}
    assert open_ones == expected | {("Ionescu2019", "remitters_n"), ("Loo2016", "is_comparator")}


def test_every_problem_reads_as_one_line_with_what_to_do():
    [found] = problems([arm(n_analysed=20, responders_n=21)])
    assert str(found) == ("New2030 ket: responders_n: 0 to 20 is possible, not 21; check the count and the denominator")
