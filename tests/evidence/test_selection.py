"""What may be pooled: each thing that is kept apart, the choice that joins it, and the word that the answer says."""

from __future__ import annotations

import re

import msgspec
import pytest

from remit.evidence.answer import answer
from remit.evidence.contrasts import Figure
from remit.evidence.effects import Measure
from remit.evidence.pooling import Choices
from remit.evidence.selection import Join, Question, Reason, select
from remit.knowledge.trials import trials
from remit.pathway.trials import Comparator, Trials
from remit.quantities import BadInput

RESPONSE = Question(Figure.RESPONSE, Measure.RR)


def asked(figure=Figure.RESPONSE, measure=None, join=(), **given):
    return Question(figure, measure or figure.measures[0], join=frozenset(join), **given)


def chosen(question):
    return {contrast.name for group in select(trials(), question).groups for contrast in (*group.seen, *group.memory)}


def reasons(question):
    found = {}
    for each in select(trials(), question).excluded:
        found.setdefault(each.study, set()).add(each.reason)
    return found


@pytest.mark.parametrize(
    ("study", "reason"),
    [
        ("Zarate2006", Reason.CROSSOVER),
        ("Diazgranados2010", Reason.ANY_TIME),
        ("Grunebaum2018", Reason.SUICIDALITY),
        ("Abbar2022KETIS", Reason.SUICIDALITY),
        ("Daly2019SUSTAIN1", Reason.ENRICHED),
        ("Murrough2013six", Reason.NO_COMPARATOR),
        ("McInnes2022RW", Reason.NO_COMPARATOR),
        ("Lara2013SL", Reason.OTHER_OUTCOME),
        ("Feder2021PTSD", Reason.NOT_ASKED),
        ("TRANSFORM1+2_pooled", Reason.POOLED_RECORD),
        ("ASPIRE_pooled", Reason.POOLED_RECORD),
        ("Fava2020", Reason.NO_FIGURES),
    ],
)
def test_what_does_not_belong_is_left_out_with_its_reason(study, reason):
    assert reasons(RESPONSE)[study] == {reason}
    assert study not in chosen(RESPONSE)


def test_every_study_is_either_chosen_or_left_out_with_words():
    for figure in Figure:
        selection = select(trials(), asked(figure))
        kept = {each.study.id for group in selection.groups for each in (*group.seen, *group.memory)}
        out = {each.study for each in selection.excluded}
        assert kept | out >= {study.id for study in trials().studies}
        assert all(each.text for each in selection.excluded)


def test_comparators_molecules_routes_and_times_stay_apart_until_they_are_joined():
    groups = select(trials(), RESPONSE).groups
    assert len({group.key for group in groups}) == len(groups) > 5
    joins = (Join.COMPARATORS, Join.MOLECULES, Join.ROUTES, Join.TIMES)
    [one] = select(trials(), asked(join=joins)).groups
    assert {each.name for each in (*one.seen, *one.memory)} == chosen(RESPONSE)
    assert one.key.comparator == one.key.molecule == one.key.route == one.key.time == "joined"


@pytest.mark.parametrize(
    ("join", "study"),
    [
        (Join.SUICIDALITY, "Grunebaum2018"),
        (Join.SUICIDALITY, None),
        (Join.ANY_TIME, None),
    ],
)
def test_only_an_explicit_choice_joins_what_is_kept_apart(join, study):
    before, after = chosen(RESPONSE), chosen(asked(join=[join]))
    assert before <= after
    if study:
        assert study in after - before


def test_joining_any_time_leaves_the_crossover_out_all_the_same():
    assert reasons(asked(join=[Join.ANY_TIME]))["Diazgranados2010"] == {Reason.CROSSOVER}


def test_null_trials_stay_in():
    assert {"Lii2023", "Jelovac2025KARMA2"} <= chosen(RESPONSE)
    assert {"Lii2023", "Takahashi2021JP"} <= chosen(asked(Figure.CHANGE, Measure.SMD))


def test_what_nobody_has_seen_is_for_the_sensitivity_line_only():
    groups = select(trials(), RESPONSE).groups
    memory = {each.study.id for group in groups for each in group.memory}
    assert memory == {"Su2017", "Singh2016IVket", "Singh2016IVesk", "Murrough2013RCT"}
    assert not memory & {each.study.id for group in groups for each in group.seen}


def test_a_change_that_was_seen_is_taken_before_a_difference_that_was_not():
    [murrough] = [
        each
        for group in select(trials(), asked(Figure.CHANGE, Measure.SMD)).groups
        for each in group.seen
        if each.study.id == "Murrough2013RCT"
    ]
    assert murrough.found.basis == "means of change"
    assert not murrough.found.not_seen


def test_only_seen_leaves_out_what_has_a_denominator_from_memory():
    assert reasons(asked(only_seen=True))["Popova2019TRANSFORM2"] == {Reason.NOT_SEEN}
    assert "Popova2019TRANSFORM2" in chosen(RESPONSE)


def test_arms_that_share_a_control_are_taken_together_so_that_nobody_counts_twice():
    found = {each.name: each for group in select(trials(), RESPONSE).groups for each in group.seen}
    synapse = found["Daly2018SYNAPSE"]
    assert [arm.arm_id for arm in synapse.active] == ["esk28", "esk56", "esk84"]
    assert synapse.found.people == 11 + 11 + 12 + 33


def test_each_arm_meets_its_own_comparator():
    pairs = {
        each.name: (each.active[0].arm_id, each.control.arm_id)
        for group in select(trials(), asked(Figure.CHANGE, Measure.SMD)).groups
        for each in group.seen
        if each.study.id == "Singh2016IVket"
    }
    assert set(pairs.values()) == {("ket2x", "pbo2x"), ("ket3x", "pbo3x")}


def with_figures(**studies):
    """The trials with counts filled in, to see what a rule does with them."""
    held = trials()

    def filled(study):
        if study.id not in studies:
            return study
        given = {"responders_n": 3, "n_analysed": studies[study.id], "timepoint_hours": 24.0, "memory_fields": None}
        arms = tuple(msgspec.structs.replace(arm, verified="abstract", **given) for arm in study.arms)
        return msgspec.structs.replace(study, arms=arms)

    parts = {name: getattr(held, name) for name in held.__struct_fields__}
    return Trials(**parts | {"studies": tuple(filled(study) for study in held.studies)})


def test_of_two_cohorts_that_share_people_the_larger_is_kept():
    for su, li, lost in ((24, 16, "Li2016"), (16, 24, "Su2017")):
        selection = select(with_figures(Su2017=su, Li2016=li), RESPONSE)
        [found] = [each for each in selection.excluded if each.reason is Reason.OVERLAP]
        assert found.study == lost
        joined = select(with_figures(Su2017=su, Li2016=li), asked(join=[Join.OVERLAPS]))
        assert not [each for each in joined.excluded if each.reason is Reason.OVERLAP]


def test_the_answer_prints_what_was_joined_and_how_to_repeat_it():
    held = answer(trials(), asked(join=[Join.TIMES, Join.COMPARATORS], route="intranasal"), Choices())
    assert held["joined"] == ["comparators", "times"]
    assert held["command"] == (
        "remit evidence pool --outcome response --measure RR --route intranasal "
        "--join comparators,times --method REML --test z --level 95"
    )
    assert held["release"]["checksum"] == trials().release["checksum"]
    [pool] = held["pools"]
    assert pool["k"] == 4
    assert all(study["citation"] for study in pool["studies"])


def test_the_sensitivity_line_names_what_rests_on_memory():
    question = asked(molecule="ketamine", comparator=Comparator.INERT, hours=(336, 672))
    [pool] = answer(trials(), question, Choices())["pools"]
    assert (pool["k"], pool["with_memory"]["k"]) == (1, 3)
    assert {study["study_id"] for study in pool["with_memory"]["from_memory"]} == {"Singh2016IVket"}


def test_a_pool_of_memory_alone_is_no_pool():
    [pool] = answer(trials(), asked(Figure.REMISSION, route="subcutaneous"), Choices())["pools"]
    assert (pool["k"], "estimate" in pool) == (0, False)
    assert pool["with_memory"]["from_memory"][0]["study_id"] == "Loo2023KADS2"


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: asked(measure=Measure.MD), "measure: response has RR, OR, RD, not MD"),
        (lambda: asked(hours=(48, 24)), "at: a span from 0 on is needed, not 48 to 24 h"),
        (lambda: chosen(asked(indication="gout")), "indication: one of "),
        (lambda: chosen(asked(molecule="none")), "molecule: one of arketamine, esketamine, ketamine is needed"),
        (lambda: chosen(asked(route="IV")), "route: one of "),
    ],
)
def test_a_question_that_the_trials_cannot_be_asked_is_refused(act, said):
    with pytest.raises(BadInput, match=f"^{re.escape(said)}"):
        act()
