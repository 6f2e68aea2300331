"""The regimen lab: what a protocol means in the engine's words, what is refused, and the script that repeats it."""

from __future__ import annotations

import contextlib
import io

import pytest

from remit.acts import lab
from remit.acts.actors import Refused, actor_for
from remit.acts.lab import Crowd, LabRefused, Regimen, cancel_lab, choices, poll_lab, run_lab, words_of
from remit.engine import regimen_mood
from remit.knowledge.pharmacology import pharmacology
from remit.quantities import BadInput
from remit.records.models import AuditRow

LONGEST_S = 60
FEW = Crowd(n="20", shown="24")
INFUSION = Regimen("ketamine:infusion_or_bolus", "0.5 mg/kg", "40 min")


def words(regimen, crowd=FEW):
    return words_of(pharmacology(), regimen, crowd)


def test_a_protocol_brings_its_dose_its_duration_and_on_demand_its_days():
    once, series = (words(Regimen("protocol:iv_racemic_ketamine", repeat=repeat)) for repeat in ("", "series"))
    assert (once.molecule, once.route, once.dose, once.duration, once.repeat) == (
        "ketamine", "intravenous", "0.5 mg/kg", "40 min", None,
    )  # fmt: skip
    assert series.repeat == "0,2,4,7,9,11d"
    spray = words(Regimen("protocol:in_esketamine_us_mdsi", repeat="series"))
    assert (spray.dose, spray.duration, spray.repeat) == ("84 mg", None, "0,3,7,10,14,17,21,24d")
    assert words(Regimen("protocol:in_esketamine_us_mdsi", dose="56 mg")).dose == "56 mg"


@pytest.mark.parametrize(
    ("regimen", "reason"),
    [
        (Regimen("protocol:im_racemic_ketamine"), "dose: no source gives this protocol one"),
        (Regimen("protocol:iv_arketamine"), "duration: no source says how long"),
        (Regimen("protocol:iv_arketamine", duration="40 min", repeat="series"), "repeat: no source gives the days"),
        (Regimen("ketamine:infusion_or_bolus"), "dose: a number with mg"),
        (Regimen("ketamine:infusion_or_bolus", "1 mg", repeat="series"), "repeat: no source gives the days"),
        (Regimen("ketamine:patch", "1 mg"), "what is given: ketamine has no model for 'patch'"),
        (Regimen("aspirin:tablet", "1 mg"), "molecule: one of arketamine"),
        (Regimen("protocol:none"), "protocol: one of"),
    ],
)
def test_what_neither_a_person_nor_a_source_says_is_refused_by_name(regimen, reason):
    with pytest.raises(BadInput, match=reason):
        words(regimen)


def lacking(way):
    try:
        words(Regimen(way))
    except BadInput as refused:
        return str(refused).partition(":")[0]
    return ""


def test_every_protocol_runs_or_says_what_is_missing():
    found = {way: lacking(way) for way, _ in choices().protocols}
    assert set(found.values()) == {"", "dose", "duration"}
    assert found[choices().first] == ""


@pytest.fixture(autouse=True)
def few_trials(monkeypatch):
    monkeypatch.setattr(regimen_mood, "TRIALS", 8)


def test_every_arm_begins_an_antidepressant_where_a_protocol_was_studied_with_one():
    spray, infusion = Regimen("protocol:in_esketamine_us_trd"), Regimen("protocol:iv_racemic_ketamine")
    alone = Regimen("esketamine:nasal_spray", "56 mg")
    found = [lab._mood_asked(some, FEW)["new_antidepressant"] for some in ([infusion, spray], [infusion, alone])]
    assert found == [True, False]


@pytest.mark.django_db
class TestInTheClinic:
    @pytest.fixture
    def prescriber(self, cast):
        return actor_for(cast.psychiatrist.pk, cast.clinic.pk)

    def test_two_regimens_are_compared_and_another_clinic_knows_nothing_of_it(self, cast, prescriber):
        begun = run_lab(prescriber, [INFUSION, Regimen("esketamine:nasal_spray", "56 mg")], FEW)
        assert begun.run.over.wait(LONGEST_S)
        done = poll_lab(prescriber, begun.run.key)
        assert done is not None
        assert [one["n"] for one in done.run.documents] == [20, 20]
        assert done.run.mood is not None
        assert [(one["n"], one["replicates"]) for one in done.run.mood["regimens"]] == [(100, 8)] * 2
        assert done.run.done == done.run.total == 2 * 20 + 3 * 100 * 8
        assert done.commands[1][:4] == ("remit", "simulate", "--molecule", "esketamine")
        row = AuditRow.objects.get(action="run_lab")
        assert "--dose 0.5 mg/kg" in row.detail["regimens"][0]
        elsewhere = actor_for(cast.other_nurse.pk, cast.other_clinic.pk)
        with pytest.raises(Refused):
            poll_lab(elsewhere, begun.run.key)
        assert lab.BENCH.find(cast.other_clinic.pk, begun.run.key) is None

    def test_the_command_and_the_script_give_the_same_numbers(self, prescriber, capsys):
        import json

        from remit.cli import main

        begun = run_lab(prescriber, [INFUSION], Crowd(n="20", drugs=("rifampicin",), covariates=(("age", "70"),)))
        assert begun.run.over.wait(LONGEST_S)
        mine = begun.run.documents[0]["summary"]["ketamine_ng_ml"]
        assert main(list(begun.commands[0][1:])) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["summary"]["ketamine_ng_ml"], told["with"]) == (mine, ["rifampicin"])
        assert told["quantities"]["cadss"] == begun.run.documents[0]["quantities"]["cadss"]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(begun.script, "regimen_lab.py", "exec"), {})
        assert f"ketamine_ng_ml: {mine}" in printed.getvalue()
        assert begun.run.mood is not None
        told = begun.run.mood["regimens"][0]
        assert f"  {told['arms'][0]}\n" in printed.getvalue()
        assert f"relapse_median_d: {told['relapse_median_d']}" in printed.getvalue()

    def test_every_reason_is_said_with_the_number_of_its_regimen(self, prescriber):
        with pytest.raises(LabRefused) as refused:
            run_lab(
                prescriber,
                [INFUSION, Regimen("esketamine:nasal_spray", "0.5 mg/kg"), Regimen(INFUSION.way, "9 mg/kg")],
                FEW,
            )
        assert [at for at, _ in refused.value.reasons] == [1, 2]
        assert "mg are needed for nasal_spray" in refused.value.reasons[0][1]
        assert "at most 2 mg/kg" in refused.value.reasons[1][1]

    @pytest.mark.parametrize(
        ("crowd", "reason"),
        [
            (Crowd(n="50001"), "n: a whole number from 0 to 50000"),
            (Crowd(weight="20"), "weight: 39 to 170 kg"),
            (Crowd(weight="70 lb"), "weight: 39 to 170 kg"),
            (Crowd(seed="-1"), "seed: a whole number"),
            (Crowd(drugs=("water",)), "with: a drug whose effect"),
            (Crowd(site="toe"), "site: one of"),
            (Crowd(covariates=(("age", "10"),)), "age: 18 to 86 years"),
        ],
    )
    def test_people_who_cannot_be_are_refused(self, prescriber, crowd, reason):
        with pytest.raises(LabRefused, match=reason):
            run_lab(prescriber, [INFUSION], crowd)

    def test_a_run_is_cancelled_and_an_unknown_one_is_not_here(self, prescriber):
        begun = run_lab(prescriber, [INFUSION], Crowd(n="5000", seed="3"))
        held = cancel_lab(prescriber, begun.run.key)
        assert held is not None
        assert held.run.state == "cancelled"
        assert cancel_lab(prescriber, "unknown") is None
        assert poll_lab(prescriber, "unknown") is None
