from dataclasses import replace
from datetime import date

import pytest

from remit.knowledge.eligibility import rules
from remit.knowledge.medications import adequacy_table
from remit.pathway.history import review
from remit.pathway.referral import Diagnosis, TrialOutcome
from remit.pathway.staging import maudsley, thase_rush
from remit.quantities import BadInput
from tests.fixtures.candidates import TODAY, WORKED_HISTORY, failed

SSRI, SSRI2 = failed("sertraline", 100, 12), failed("citalopram", 40, 12)
SNRI, TCA, MAOI = failed("duloxetine", 60, 8), failed("imipramine", 150, 8), failed("phenelzine", 60, 8)
MANY = [
    row.drug for row in adequacy_table().rows if not row.augmentation and row.drug != "paroxetine controlled-release"
]
DIAGNOSIS = Diagnosis("mdd_trd", None, date(2026, 1, 1), "moderate")


def history(*trials):
    return review(trials, adequacy_table())


def score(diagnosis=DIAGNOSIS, trials=(SSRI,), ect=False):
    return maudsley(diagnosis, history(*trials), ect, TODAY, rules().maudsley)


def item(name, **changes):
    return dict(score(**changes).items)[name]


@pytest.mark.parametrize(
    ("start", "points"),
    [
        (date(2025, 11, 21), 1),
        (date(2025, 11, 20), 2),
        (date(2024, 11, 21), 2),
        (date(2024, 11, 20), 3),
        (None, None),
    ],
)
def test_twelve_calendar_months_are_still_acute_and_twenty_four_subacute(start, points):
    assert item("duration", diagnosis=replace(DIAGNOSIS, episode_start=start)) == points


def test_a_month_without_the_day_ends_on_its_last_day():
    born_on_the_29th = replace(DIAGNOSIS, episode_start=date(2024, 2, 29))
    last = maudsley(born_on_the_29th, history(SSRI), False, date(2025, 2, 28), rules().maudsley)
    first = maudsley(born_on_the_29th, history(SSRI), False, date(2025, 3, 1), rules().maudsley)
    assert (dict(last.items)["duration"], dict(first.items)["duration"]) == (1, 2)


@pytest.mark.parametrize(
    ("word", "points"),
    [
        ("subsyndromal", 1),
        ("mild", 2),
        ("moderate", 3),
        ("severe_without_psychosis", 4),
        ("severe_with_psychosis", 5),
        (None, None),
    ],
)
def test_severity_has_five_words(word, points):
    assert item("severity", diagnosis=replace(DIAGNOSIS, severity=word)) == points


def test_a_severity_that_is_no_word_of_the_method_is_refused():
    with pytest.raises(BadInput, match="awful"):
        score(diagnosis=replace(DIAGNOSIS, severity="awful"))


@pytest.mark.parametrize(
    ("trials", "points"), [(0, None), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4), (10, 4), (11, 5)]
)
def test_failed_antidepressants_are_counted_in_steps(trials, points):
    assert item("antidepressants_failed", trials=[failed(drug, 1000, 12) for drug in MANY[:trials]]) == points


def test_an_inadequate_trial_leaves_the_item_and_the_total_unknown():
    scored = score(trials=[failed("sertraline", 25, 2)])
    assert dict(scored.items)["antidepressants_failed"] is None
    assert (scored.total, scored.band) == (None, None)


def test_a_failed_augmentation_counts_as_augmentation_and_as_no_antidepressant():
    scored = score(trials=[SSRI, failed("lithium", 900, 6, added_to="sertraline")])
    assert dict(scored.items)["augmentation"] == 1
    assert dict(scored.items)["antidepressants_failed"] == 1


@pytest.mark.parametrize(("ect", "points"), [(None, None), (False, 0), (True, 1)])
def test_ect_that_was_not_asked_for_is_unknown(ect, points):
    assert item("ect", ect=ect) == points
    assert (score(ect=ect).total is None) == (ect is None)


def test_the_worked_case_scores_each_item_and_its_sum():
    scored = maudsley(
        Diagnosis("mdd_trd", None, date(2023, 5, 1), "severe_without_psychosis"),
        history(*WORKED_HISTORY),
        False,
        TODAY,
        rules().maudsley,
    )
    assert scored.as_dict() == {
        "total": 9,
        "band": "moderate",
        "items": {"duration": 3, "severity": 4, "antidepressants_failed": 1, "augmentation": 1, "ect": 0},
    }


@pytest.mark.parametrize(
    ("severity", "many", "total", "band"),
    [
        ("subsyndromal", 1, 3, "mild"),
        ("severe_without_psychosis", 1, 6, "mild"),
        ("severe_with_psychosis", 1, 7, "moderate"),
    ],
)
def test_bands_begin_where_the_method_says(severity, many, total, band):
    scored = score(diagnosis=replace(DIAGNOSIS, severity=severity), trials=[failed(d, 1000, 12) for d in MANY[:many]])
    assert (scored.total, scored.band) == (total, band)


def test_the_highest_total_is_severe():
    trials = [*(failed(drug, 1000, 12) for drug in MANY[:11]), failed("lithium", 900, 6, added_to="sertraline")]
    worst = Diagnosis("mdd_trd", None, date(2020, 1, 1), "severe_with_psychosis")
    assert (score(worst, trials, True).total, score(worst, trials, True).band) == (15, "severe")


@pytest.mark.parametrize(
    ("trials", "ect", "stage"),
    [
        ((), None, None),
        ((failed("sertraline", 25, 2),), None, None),
        ((failed("sertraline", 100, 12, outcome=TrialOutcome.RESPONDED),), None, "0"),
        ((SSRI,), None, "I"),
        ((SSRI, SSRI2), None, "I"),
        ((SSRI, SNRI), None, "II"),
        ((SSRI, TCA), None, "II"),
        ((SSRI, SNRI, MAOI), None, "II"),
        ((SSRI, SNRI, TCA), None, "III"),
        ((SSRI, SNRI, TCA, MAOI), None, "IV"),
        ((SSRI, SNRI, TCA, MAOI), False, "IV"),
        ((SSRI, SNRI, TCA, MAOI), True, "V"),
        ((SSRI, SNRI), True, "II"),
    ],
)
def test_each_stage_of_thase_and_rush_needs_the_one_before(trials, ect, stage):
    assert thase_rush(history(*trials), ect, rules().thase_rush).stage == stage


def test_an_augmentation_is_no_class_of_its_own():
    trials = (SSRI, failed("aripiprazole", 10, 4, added_to="sertraline"))
    assert thase_rush(history(*trials), None, rules().thase_rush).stage == "I"
