"""What the candidate's page is told: the verdict with what is typed, every reason, its question and its decision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remit.acts import candidate_lists, history
from remit.acts.actors import NotHere, Refused
from remit.acts.candidate import Aim, Candidate, Typed, choices, open_candidate, results_for, weigh_candidate
from remit.acts.history_paper import print_history
from remit.acts.screening import decide_finding, save_screening
from remit.knowledge.eligibility import rules
from remit.knowledge.protocols import protocols
from remit.pathway.referral import Diagnosis, Vitals
from remit.quantities import BadInput
from remit.records.models import AuditRow
from tests.fixtures.candidates import IV, US_TRD, WORKED_HISTORY, failed
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.fixtures.histories import acting, answer_everything, enter_trials

pytestmark = pytest.mark.django_db


def weighed(cast: Cast, typed: Typed | None = None, **aim: object) -> Candidate:
    return weigh_candidate(acting(cast, cast.nurse), cast.patient.pk, Aim(**{"protocol_id": IV, **aim}), typed)


def test_opening_the_page_is_in_the_trail_and_weighing_again_is_not(cast: Cast) -> None:
    open_candidate(acting(cast, cast.therapist), cast.patient.pk, Aim())
    weighed(cast)
    assert [(row.action, row.patient_id) for row in AuditRow.objects.all()] == [("open_candidate", cast.patient.pk)]


@pytest.mark.parametrize("role", ["coordinator", "researcher", "administrator", "patient_account"])
def test_who_may_not_read_the_history_does_not_see_it(cast: Cast, role: str) -> None:
    for act in (open_candidate, weigh_candidate):
        with pytest.raises(Refused, match="read the clinical history"):
            act(acting(cast, getattr(cast, role)), cast.patient.pk, Aim())


def test_a_person_of_another_clinic_is_not_there(cast: Cast) -> None:
    for act in (open_candidate, weigh_candidate):
        with pytest.raises(NotHere):
            act(acting(cast, cast.nurse), cast.other_patient.pk, Aim())
    with pytest.raises(NotHere):
        print_history(acting(cast, cast.nurse), cast.other_patient.pk, IV)


def test_a_typed_drug_counts_before_it_is_kept(cast: Cast) -> None:
    enter_trials(cast, WORKED_HISTORY[:1])
    held = weighed(cast, Typed(failed("citalopram", 20, 6)))
    assert (held.screening.resistant_trials, len(held.tried)) == (2, 1)
    assert held.typed is not None
    assert held.typed.counts
    assert weighed(cast).screening.resistant_trials == 1


def test_a_typed_correction_takes_the_place_of_its_row(cast: Cast) -> None:
    rows = enter_trials(cast)
    held = weighed(cast, Typed(failed("venlafaxine", 150, 7), rows[2].pk))
    assert (held.screening.resistant_trials, len(held.screening.trials)) == (3, 5)
    assert [one.row.pk for one in held.tried] == [row.pk for row in rows]


def test_nothing_known_is_never_eligible_on_any_protocol(cast: Cast) -> None:
    held = weighed(cast)
    assert {fit.protocol.id for fit in held.fits} == set(protocols())
    assert all(fit.verdict != "eligible" for fit in held.fits)


def test_the_protocols_stand_in_the_order_in_which_they_fit(cast: Cast) -> None:
    answer_everything(cast)
    fits = weighed(cast).fits
    assert [fit.verdict for fit in fits] == sorted(
        [fit.verdict for fit in fits], key=["eligible", "review", "blocked"].index
    )
    assert fits[0].verdict == "eligible"


def test_without_a_choice_the_protocol_screened_last_is_shown_else_the_best_fit(cast: Cast) -> None:
    answer_everything(cast)
    nurse = acting(cast, cast.nurse)
    first = weigh_candidate(nurse, cast.patient.pk, Aim())
    assert first.protocol == first.fits[0].protocol
    save_screening(nurse, cast.patient.pk, US_TRD, "outpatient")
    assert weigh_candidate(nurse, cast.patient.pk, Aim()).protocol.id == US_TRD


def test_each_reason_leads_to_the_place_that_answers_it(cast: Cast) -> None:
    nurse = acting(cast, cast.nurse)
    candidate_lists.record_medication(nurse, cast.patient.pk, "clonazepam")
    history.answer_fact(nurse, cast.patient.pk, "renal", "yes")
    history.begin_episode(nurse, cast.patient.pk, Diagnosis("mdd_trd", severity="mild"))
    held = weighed(cast, vitals=Vitals(systolic=146, diastolic=88))
    places = {(one.finding.id, one.finding.source.origin.value): one.question for one in held.reasons}
    by_id = {id: place for (id, _), place in places.items()}
    assert by_id["unknown:bp_rise_hazard"] == "q-bp_rise_hazard"
    assert by_id["unknown:pregnancy_test"] == "check-pregnancy_test"
    assert by_id["renal"] == "q-renal"
    assert by_id["mdd_trd"] == "trials"
    assert by_id["severity_gate"] == "episode"
    assert by_id["benzodiazepines"] == "medications"
    assert by_id["predose_bp_review"] == "vitals"


def test_every_question_and_check_has_a_name(cast: Cast) -> None:
    assert all(asked.question.name for asked in weighed(cast).questions)
    assert all(one.name for one in rules().checks.rows)


def test_an_indication_with_a_gate_asks_for_its_check(cast: Cast) -> None:
    history.begin_episode(acting(cast, cast.nurse), cast.patient.pk, Diagnosis("bipolar_depression"))
    check = weighed(cast).checks[0].check
    assert (check.id, check.name) == ("YMRS", "YMRS baseline")
    assert set(results_for(check)) == {"done", "normal", "negative", "low", "not_done", "not_applicable"}


def test_a_decision_stands_beside_its_reason_until_the_reason_reads_otherwise(cast: Cast) -> None:
    answer_everything(cast, psychosis="yes")
    record = save_screening(acting(cast, cast.nurse), cast.patient.pk, IV, "outpatient")
    made = decide_finding(acting(cast, cast.psychiatrist), record.pk, "psychosis", "stable for years")
    decided = {one.finding.id: one.decision for one in weighed(cast).reasons}
    assert decided["psychosis"] == made
    assert weighed(cast).standing.verdict == "eligible"
    assert weighed(cast).screening.verdict == "review"


def test_the_vitals_of_todays_screening_are_used_again_and_yesterdays_are_not(cast: Cast, travel: Traveller) -> None:
    answer_everything(cast)
    save_screening(acting(cast, cast.nurse), cast.patient.pk, IV, "outpatient", Vitals(systolic=146, diastolic=88))
    assert weighed(cast).aim.vitals == Vitals(systolic=146, diastolic=88)
    assert weighed(cast, vitals=Vitals()).aim.vitals is None
    travel.on(days=1)
    assert weighed(cast).aim.vitals is None


def test_an_unknown_protocol_or_setting_is_refused(cast: Cast) -> None:
    with pytest.raises(BadInput, match="protocol: one of"):
        weighed(cast, protocol_id="iv_ketamin")
    with pytest.raises(BadInput, match="setting: outpatient"):
        weighed(cast, setting="at home")


def test_drugs_and_codes_are_offered_by_name() -> None:
    held = choices()
    assert {"sertraline", "venlafaxine"} <= set(held.antidepressants)
    assert {"clonazepam", "grapefruit juice"} <= set(held.medications)
    assert "F33.2" in dict(held.icd10)


def test_the_paper_for_the_payer_names_the_source_of_each_judgement(cast: Cast) -> None:
    enter_trials(cast)
    paper = print_history(acting(cast, cast.nurse), cast.patient.pk, IV)
    assert [one.tried.row.drug for one in paper.trials] == [trial.drug for trial in WORKED_HISTORY]
    assert all(one.references for one in paper.trials)
    assert max(number for one in paper.trials for number in one.references) <= len(paper.references)
    assert "at least 6 weeks" in paper.rule
    assert paper.printed_by == "Nora Nurse"
    assert AuditRow.objects.filter(action="print_history", patient_id=cast.patient.pk).exists()


def test_a_drug_that_the_table_does_not_know_is_on_the_paper_too(cast: Cast) -> None:
    enter_trials(cast, [replace(WORKED_HISTORY[0], drug="saffron")])
    paper = print_history(acting(cast, cast.nurse), cast.patient.pk, IV)
    assert paper.trials[0].references == ()
    assert "not in the dose table" in paper.trials[0].tried.judgement.reasons[0]
