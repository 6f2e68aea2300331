import pytest

from remit.knowledge.medications import adequacy_table
from remit.pathway.history import judge, review
from remit.pathway.referral import AntidepressantTrial, TrialOutcome
from tests.fixtures.candidates import WORKED_HISTORY, failed


def counts(*trials):
    return [trial.counts for trial in review(trials, adequacy_table()).trials]


def reasons(trial, history=()):
    return " | ".join(judge(trial, adequacy_table(), history).reasons)


def test_the_published_case_has_two_resistant_trials_of_five():
    history = review(WORKED_HISTORY, adequacy_table())
    assert [(trial.drug, trial.counts) for trial in history.trials] == [
        ("sertraline", True),
        ("citalopram", False),
        ("venlafaxine", False),
        ("duloxetine", False),
        ("aripiprazole", True),
    ]
    assert history.resistant_trials == 2


def test_the_published_case_has_three_by_the_shorter_duration_of_the_athf_forms():
    history = review(WORKED_HISTORY, adequacy_table())
    assert [trial.counts_athf for trial in history.trials] == [True, True, False, False, True]
    assert history.resistant_trials_athf == 3


def test_each_trial_of_the_published_case_says_why():
    said = {trial.drug: " | ".join(trial.reasons) for trial in review(WORKED_HISTORY, adequacy_table()).trials}
    assert "100 mg/day reaches the adequate 50 mg/day" in said["sertraline"]
    assert "4 weeks are short of the 6 weeks asked for; the 4 weeks of the ATHF forms are reached" in said["citalopram"]
    assert "75 mg/day is below the adequate 150 mg/day" in said["venlafaxine"]
    assert "lost the response later" in said["duloxetine"]
    assert "added to duloxetine, an adequate trial" in said["aripiprazole"]


@pytest.mark.parametrize("row", adequacy_table().rows, ids=lambda row: row.drug)
def test_each_drug_counts_from_its_least_dose_and_weeks_on(row):
    base = "sertraline" if row.augmentation else None
    least, weeks = row.min_dose_mg_day.value, row.min_weeks.value
    assert judge(failed(row.drug, least, weeks, added_to=base), adequacy_table()).counts
    assert not judge(failed(row.drug, least * 0.99, weeks, added_to=base), adequacy_table()).counts
    assert not judge(failed(row.drug, least, weeks - 0.1, added_to=base), adequacy_table()).counts
    athf = row.min_weeks_athf.value
    assert judge(failed(row.drug, least, athf, added_to=base), adequacy_table()).counts_athf
    assert not judge(failed(row.drug, least, athf - 0.1, added_to=base), adequacy_table()).counts_athf


@pytest.mark.parametrize("outcome", [outcome for outcome in TrialOutcome if outcome is not TrialOutcome.FAILED])
def test_only_a_failed_trial_counts(outcome):
    assert counts(failed("sertraline", 200, 12, outcome=outcome)) == [False]


@pytest.mark.parametrize(("dose", "weeks", "said"), [(None, 12, "dose not known"), (100, None, "duration not known")])
def test_what_is_not_known_does_not_count_and_is_said(dose, weeks, said):
    assert counts(failed("sertraline", dose, weeks)) == [False]
    assert said in reasons(failed("sertraline", dose, weeks))


def test_the_same_drug_twice_is_one_drug():
    history = review([failed("sertraline", 100, 12), failed("sertraline", 200, 8)], adequacy_table())
    assert history.resistant_trials == 1
    assert "the same drug twice is one drug" in history.trials[1].reasons[-1]


def test_a_drug_that_counts_only_at_the_second_attempt_counts():
    assert counts(failed("sertraline", 25, 12), failed("sertraline", 100, 12)) == [False, True]


@pytest.mark.parametrize(
    "names",
    [
        ("paroxetine", "paroxetine controlled-release"),
        ("paroxetine", "Paroxetine CR"),
        ("venlafaxine", "venlafaxine xr"),
    ],
)
def test_another_formulation_is_the_same_drug(names):
    assert counts(*(failed(name, 225, 12) for name in names)) == [True, False]


def test_citalopram_and_escitalopram_are_two_drugs():
    assert counts(failed("citalopram", 40, 8), failed("escitalopram", 20, 8)) == [True, True]


def test_a_drug_outside_the_table_does_not_count_and_is_said():
    assert counts(failed("dosulepin", 150, 12)) == [False]
    assert "not in the dose table" in reasons(failed("dosulepin", 150, 12))


def test_an_augmenting_drug_alone_does_not_count():
    assert counts(failed("aripiprazole", 10, 8)) == [False]
    assert "only when it was added" in reasons(failed("aripiprazole", 10, 8))


def test_an_addition_to_a_trial_known_to_be_inadequate_does_not_count():
    trials = [failed("venlafaxine", 75, 7), failed("aripiprazole", 10, 4, added_to="venlafaxine")]
    assert counts(*trials) == [False, False]
    assert "was not adequate" in reasons(trials[1], trials)


def test_an_addition_to_a_drug_that_is_not_listed_counts_and_says_so():
    trial = failed("aripiprazole", 10, 4, added_to="duloxetine")
    assert counts(trial) == [True]
    assert "own adequacy is not recorded" in reasons(trial)


def test_quetiapine_and_liothyronine_find_their_rows_by_their_plain_names():
    assert counts(failed("quetiapine", 150, 4, added_to="sertraline")) == [True]
    assert counts(failed("liothyronine", 0.025, 4, added_to="sertraline")) == [True]


def test_an_unverified_row_still_counts_and_says_so():
    assert counts(failed("venlafaxine", 150, 6)) == [True]
    assert "unverified row" in reasons(failed("venlafaxine", 150, 6))


def test_a_verified_row_says_nothing_of_doubt():
    assert "unverified" not in reasons(failed("sertraline", 100, 12))


def test_no_trials_are_no_resistant_trials():
    assert review((), adequacy_table()).resistant_trials == 0


def test_every_trial_gives_a_reason_even_when_nothing_is_known():
    assert all(judge(AntidepressantTrial(drug), adequacy_table()).reasons for drug in ("sertraline", "unheard-of"))


def test_the_reasons_that_decide_are_told_from_those_that_do_not():
    history = review([*WORKED_HISTORY, failed("sertraline", 200, 8), failed("saffron", 30, 8)], adequacy_table())
    against = {trial.drug: trial.against for trial in history.trials}
    assert against["sertraline"] == ("sertraline was counted before: the same drug twice is one drug",)
    assert against["venlafaxine"] == ("dose 75 mg/day is below the adequate 150 mg/day",)
    assert against["duloxetine"] == ("responded and lost the response later: not a failed trial",)
    assert against["saffron"] == ("saffron is not in the dose table: adequacy cannot be judged",)
    for trial in history.trials:
        assert bool(trial.against) is not trial.counts
        assert {*trial.against, *trial.besides} == set(trial.reasons)


def test_what_it_was_added_to_decides_where_it_was_inadequate():
    trials = [failed("sertraline", 25, 12), failed("aripiprazole", 10, 4, added_to="sertraline")]
    assert review(trials, adequacy_table()).trials[1].against == (
        "added to sertraline, whose own trial was not adequate",
    )
