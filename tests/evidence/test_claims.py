"""Statements held against the trials: the verdicts as they are, and that they follow the data."""

from __future__ import annotations

import msgspec
import pytest

from remit.evidence.claims import Bearing, judge
from remit.knowledge import claims as loading
from remit.knowledge.claims import claims
from remit.knowledge.trials import trials
from remit.pathway.claims import Claim, Compared, Effect, NoData, NullTrial, Share, Usual, Value, Verdict
from remit.pathway.trials import Seen, Trials
from remit.quantities import BadInput

VERDICTS = {
    "subcutaneous_one_in_five": Verdict.PARTLY,
    "seventy_percent_respond": Verdict.NOT_SUPPORTED,
    "bipolar_eighty_percent": Verdict.PARTLY,
    "half_for_six_months": Verdict.PARTLY,
    "within_hours_or_days": Verdict.PARTLY,
    "suicidal_thoughts_fall": Verdict.PARTLY,
    "six_infusions_usual": Verdict.SUPPORTED,
    "side_effects_two_hours": Verdict.CANNOT_BE_JUDGED,
    "nasal_and_oral_like_infusions": Verdict.CANNOT_BE_JUDGED,
    "psychotherapy_improves": Verdict.CANNOT_BE_JUDGED,
    "ptsd_and_anxiety": Verdict.PARTLY,
    "generic_and_branded_equivalent": Verdict.CANNOT_BE_JUDGED,
    "new_neurons": Verdict.CANNOT_BE_JUDGED,
    "less_inflammation": Verdict.CANNOT_BE_JUDGED,
    "dopamine_and_serotonin": Verdict.CANNOT_BE_JUDGED,
}


def judged(id):
    return judge(trials(), next(claim for claim in claims() if claim.id == id))


def test_each_statement_has_its_verdict():
    assert {claim.id: judge(trials(), claim).verdict for claim in claims()} == VERDICTS


def test_what_rests_on_memory_says_so_and_is_never_supported():
    found = {claim.id: judge(trials(), claim) for claim in claims()}
    assert [id for id, held in found.items() if held.rests_on_memory] == ["subcutaneous_one_in_five"]
    assert not [id for id, held in found.items() if held.rests_on_memory and held.verdict is Verdict.SUPPORTED]


def test_the_two_studies_that_could_not_be_found_are_named():
    missing = {cited.text for claim in claims() for cited in claim.cites if not cited.found}
    assert missing == {
        "70 % of 102 patients, J Clin Psychopharmacol 2018",
        "80 % of 50 patients, J Affect Disord 2020",
    }


def test_thoughts_of_suicide_are_judged_by_trials_that_counted_them():
    studies = [study for result in judged("suicidal_thoughts_fall").results for study in result.studies]
    assert studies == ["Grunebaum2018", "Abbar2022KETIS", "Ionescu2019"]


def test_every_judgement_gives_figures_and_those_that_judge_name_studies():
    for claim in claims():
        for result in judge(trials(), claim).results:
            assert result.figures
            assert bool(result.studies) == (result.bearing is not Bearing.UNCLEAR)


def one(*checks):
    return Claim(id="x", text="t", checks=checks, why="w")


def with_responders(study_id, share, seen="abstract"):
    held = trials()

    def changed(study):
        if study.id != study_id:
            return study
        given = {"n_analysed": 1000, "verified": Seen(seen), "memory_fields": None, "responders_pct": None}
        arms = tuple(msgspec.structs.replace(arm, responders_n=round(1000 * share), **given) for arm in study.arms)
        return msgspec.structs.replace(study, arms=arms)

    parts = {name: getattr(held, name) for name in held.__struct_fields__}
    return Trials(**parts | {"studies": tuple(changed(study) for study in held.studies)})


SUBCUTANEOUS = Share(
    says="s",
    outcome="response",
    between=(65, 75),
    indications=("mdd_trd",),
    molecule="ketamine",
    route="subcutaneous",
)


@pytest.mark.parametrize(
    ("share", "verdict"), [(0.70, Verdict.SUPPORTED), (0.55, Verdict.NOT_SUPPORTED), (0.76, Verdict.PARTLY)]
)
def test_a_verdict_follows_the_data(share, verdict):
    assert judge(with_responders("Loo2023KADS2", share), one(SUBCUTANEOUS)).verdict is verdict


def test_a_share_from_memory_is_partly_at_best():
    found = judge(with_responders("Loo2023KADS2", 0.70, "memory"), one(SUBCUTANEOUS))
    assert (found.verdict, found.rests_on_memory) == (Verdict.PARTLY, True)


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ([NoData(says="n")], Verdict.CANNOT_BE_JUDGED),
        ([NullTrial(says="n", study="Lii2023")], Verdict.NOT_SUPPORTED),
        ([Usual(says="u", doses="6", molecule="ketamine", route="intravenous")], Verdict.SUPPORTED),
        ([Usual(says="u", doses="8", molecule="ketamine", route="intravenous")], Verdict.NOT_SUPPORTED),
        ([Usual(says="u", doses="6", molecule="ketamine", route="intravenous"), NoData(says="n")], Verdict.PARTLY),
        ([Compared(says="c", one=("ketamine", "oral"), other=("ketamine", "intravenous"))], Verdict.CANNOT_BE_JUDGED),
        ([Effect(says="e", outcome="change", measure="SMD", route="subcutaneous")], Verdict.CANNOT_BE_JUDGED),
        ([Effect(says="e", outcome="remission", measure="RR", route="subcutaneous")], Verdict.CANNOT_BE_JUDGED),
    ],
)
def test_verdicts_follow_from_their_checks(checks, verdict):
    assert judge(trials(), one(*checks)).verdict is verdict


@pytest.mark.parametrize(
    ("bound", "bearing"),
    [({"at_least": 18}, Bearing.FOR), ({"at_least": 18.1}, Bearing.AGAINST), ({"at_most": 17.9}, Bearing.AGAINST)],
)
def test_a_figure_is_held_against_its_bound(bound, bearing):
    check = Value(says="v", study="Murrough2013six", arm="ket", statistic="median_days_to_relapse", **bound)
    [result] = judge(trials(), one(check)).results
    assert result.bearing is bearing


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("{id: a, text: t, why: w, checks: []}", "a: at least 1 check is needed, not 0"),
        ("{id: a, text: t, why: w, checks: [{kind: null_trial, says: s, study: Nobody}]}", "a: no study 'Nobody'"),
        (
            "{id: a, text: t, why: w, checks: [{kind: value, says: s, study: Lii2023, arm: a, statistic: b}]}",
            "a: b: at_least or at_most is needed, not neither",
        ),
        ("{id: a, text: t, why: w, checks: [{kind: guess, says: s}]}", "Invalid value 'guess'"),
    ],
)
def test_a_statement_that_cannot_be_checked_is_refused(tmp_path, monkeypatch, claim, said):
    file = tmp_path / "claims.yaml"
    file.write_text(f"meta: {{origin: project_default, status: derived}}\nclaims:\n  - {claim}\n", encoding="utf-8")
    monkeypatch.setattr(loading, "CLAIMS", file)
    with pytest.raises(BadInput, match=r"^claims\.yaml: ") as refused:
        claims.__wrapped__()
    assert said in str(refused.value)
