import msgspec
import pytest

from remit.knowledge.documents import FOLDER, yaml_files
from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.safety import rules
from remit.knowledge.safety_file import SCHEMAS, Alerts
from remit.pathway.safety import Crossing, Limit, Priority
from remit.pathway.sourced import Origin, Status
from remit.quantities import BadInput, Milligrams, Minutes

RULES = rules()
THRESHOLDS = {held.id: held for held in RULES.alarms.thresholds}


def test_every_safety_file_has_its_schema_and_fits_it():
    assert {path.name for path in yaml_files("safety")} == SCHEMAS.keys()
    for name, schema in SCHEMAS.items():
        as_schema(read_typed(FOLDER / "safety" / name), schema, name)


@pytest.mark.parametrize("change", [{"systolic_gtt": 180}, {"priority": "loud"}, {"systolic_gt": "high"}])
def test_a_mistyped_threshold_is_refused(change):
    row = {"id": "x", "when": "any", "action": "warn", **change}
    with pytest.raises(BadInput):
        as_schema({"alert_thresholds": [row]}, Alerts, "alerts.yaml")


@pytest.mark.parametrize(
    ("id", "limits"),
    [
        ("postdose_bp_urgent", [("systolic", Crossing.GT, 180), ("diastolic", Crossing.GT, 110)]),
        ("spo2_low", [("spo2", Crossing.LT, 92)]),
        ("spo2_critical", [("spo2", Crossing.LT, 90)]),
        ("heart_rate", [("heart_rate", Crossing.GT, 120), ("heart_rate", Crossing.LT, 50)]),
        ("resp_rate", [("respiratory_rate", Crossing.LT, 10)]),
        ("sedation", [("MOAAS", Crossing.AT_MOST, 3)]),
    ],
)
def test_the_thresholds_are_those_of_the_file(id, limits):
    assert [(held.measure, held.crossing, held.value) for held in THRESHOLDS[id].limits] == limits


def test_a_rise_is_judged_against_the_baseline():
    assert THRESHOLDS["rise_from_baseline"].limits == (
        Limit("systolic", Crossing.GE, 40, change=True),
        Limit("diastolic", Crossing.GE, 25, change=True),
    )


def test_the_critical_values_stand_with_the_thresholds_that_they_concern():
    critical = {id: [limit.value for limit in held.critical] for id, held in THRESHOLDS.items() if held.critical}
    assert critical == {
        "predose_bp_hold": [200, 120],
        "postdose_bp_urgent": [200, 120],
        "spo2_critical": [90],
        "resp_rate": [10],
        "sedation": [1],
    }


def test_the_timing_is_that_of_the_file():
    alarms = RULES.alarms
    assert (alarms.repeat_after.value, alarms.repeat_within.value) == (Minutes(5), Minutes(10))
    assert (alarms.reading_due.value, alarms.reading_missing.value) == (Minutes(40), Minutes(45))
    assert RULES.overdue_after.value == Minutes(5)
    assert (RULES.ledger_rounding.value, RULES.form_within_days.value) == (Milligrams(0.05), 7)


def test_every_alarm_has_an_owner_a_priority_and_words():
    assert all(held.asks and held.owner and held.priority for held in RULES.alarms.thresholds)
    assert RULES.alarms.symptoms.priority is Priority.EMERGENCY


def test_each_value_carries_its_source():
    assert THRESHOLDS["postdose_bp_urgent"].source.origin is Origin.TRIAL
    assert THRESHOLDS["spo2_low"].source.status is Status.UNVERIFIED
    assert RULES.form_within_days.source.origin is Origin.REMS
    assert RULES.checks["rems_enrolment"].source.binding


def test_the_gate_asks_what_the_file_says():
    gate = RULES.gate
    assert (gate.not_inpatient, gate.us_spravato_outpatient, gate.off_label) == (
        ("escort",),
        ("rems_enrolment",),
        ("consent_offlabel",),
    )
    assert gate.weight_max_age_days.value == 30
    assert {held.id: held.two_prescribers for held in gate.pressures} == {
        "predose_bp_review": False,
        "predose_bp_block_ch": True,
        "predose_bp_hold": True,
    }
    asked = {*gate.everyone, *gate.not_inpatient, *gate.us_spravato_outpatient, *gate.off_label}
    assert asked <= RULES.checks.keys()


def test_recovery_reads_the_scales():
    assert RULES.recovery.alert.value == 5
    assert {scale: held.value for scale, held in RULES.recovery.within_points.items()} == {"CADSS": 1, "CADSS6": 1}


def test_rescue_drugs_carry_no_dose():
    assert {option for held in RULES.rescues for option in held.options} >= {"ondansetron", "labetalol", "oxygen"}
    assert {field for field in type(RULES.rescues[0]).__dataclass_fields__ if "dose" in field} == set()


def test_an_emergency_card_has_its_steps():
    card = RULES.emergency("respiratory_depression")
    assert card.steps == ("stimulate", "airway", "oxygen", "assisted ventilation")
    assert RULES.emergency("fire") is None


def test_the_rules_are_one_value_that_can_be_compared():
    assert rules() is RULES
    assert msgspec.to_builtins(RULES.possible)["systolic"]["high"] == 300
