"""The protocols as values: what their files say, whence it comes, and what a wrong file is refused for."""

import json
from datetime import date

import pytest

from remit.knowledge.documents import FOLDER
from remit.knowledge.index import lookup
from remit.knowledge.protocols import load_folder, protocol, protocols, restore, snapshot
from remit.pathway.course import plan
from remit.pathway.protocol import FixedDose, PerKilogram, Phase, Unsourced
from remit.pathway.sourced import Origin, Sourced, Status
from remit.quantities import BadInput, MgPerKg, Milligrams, Minutes, Molecule, Route

ALL = sorted(path.stem for path in (FOLDER / "protocols").glob("*.yaml"))


def values(held):
    """Every sourced value inside a protocol."""
    if isinstance(held, Sourced):
        yield held
        held = held.value
    if isinstance(held, tuple):
        for one in held:
            yield from values(one)
    elif hasattr(held, "__dataclass_fields__"):
        for name in held.__dataclass_fields__:
            yield from values(getattr(held, name))


def test_every_file_is_a_protocol():
    assert sorted(protocols()) == ALL
    assert len(ALL) == 12


@pytest.mark.parametrize("protocol_id", ALL)
def test_every_value_carries_the_source_that_the_knowledge_shows(protocol_id):
    found = list(values(protocol(protocol_id)))
    assert found
    for held in found:
        assert held.source == lookup(held.path).source, held.path


@pytest.mark.parametrize("protocol_id", ALL)
def test_every_protocol_says_its_version_its_indication_and_what_is_missing(protocol_id):
    held = protocol(protocol_id)
    assert date.fromisoformat(held.version)
    assert held.indications
    assert (not held.options) == ("a schedule with its number of sessions" in held.missing)


def test_an_unknown_protocol_names_the_known_ones():
    with pytest.raises(BadInput, match=r"iv_racemic_ketamine.*not 'iv_ketamin'"):
        protocol("iv_ketamin")


def test_the_infusion_of_racemic_ketamine_is_complete():
    held = protocol("iv_racemic_ketamine")
    assert (held.molecule, held.route, held.off_label) == (Molecule.KETAMINE, Route.INTRAVENOUS, True)
    assert isinstance(held.dose, PerKilogram)
    assert held.dose.start.value == MgPerKg(0.5)
    assert held.dose.studied.value == (MgPerKg(0.1), MgPerKg(1.0))
    assert held.dose.studied.source.status is Status.SECONDARY
    assert held.infusion.value == Minutes(40)
    assert [option.id for option in held.options] == [
        "thrice_weekly_2wk",
        "twice_weekly_3wk",
        "twice_weekly_up_to_4wk",
        "thrice_weekly_until_remission_max12",
    ]
    assert (held.release.from_start.value, held.release.from_end.value) == (Minutes(120), Minutes(90))
    assert held.release.from_start.source.origin is Origin.PROJECT_DEFAULT
    assert held.release.binding == frozenset()
    assert held.vitals[0].minutes.value == (0, 15, 30, 45, 60, 90)
    assert held.vitals[1].every_during.value == Minutes(10)
    assert held.missing == ()


def test_the_us_spray_is_complete():
    held = protocol("in_esketamine_us_trd")
    assert (held.molecule, held.product, held.off_label) == (Molecule.ESKETAMINE, "spravato", False)
    assert isinstance(held.dose, FixedDose)
    assert held.dose.steps(older=True) == held.dose.steps(older=False) == (Milligrams(56), Milligrams(84))
    assert (held.device.mg.value, held.device.rest.value) == (Milligrams(28), Minutes(5))
    assert held.release.from_last.value == Minutes(120)
    assert held.release.from_last.source.binding
    assert held.release.binding == {"minimum_observation", "sedation", "dissociation", "respiratory"}
    assert held.vitals[0].minutes.value == (0, 40)
    assert held.vitals[0].clock == "last"
    assert (held.form, held.fasting_check) == ("spravato_rems", "fasting_spravato")
    assert [(stage.phase, stage.from_week) for stage in held.stages] == [
        (Phase.OPTIMISATION, 5),
        (Phase.MAINTENANCE, 9),
    ]
    assert held.missing == ()


def test_what_is_the_same_as_elsewhere_is_taken_from_there():
    us, acute = protocol("in_esketamine_us_trd"), protocol("in_esketamine_us_mdsi")
    assert acute.device.mg.value == us.device.mg.value
    assert acute.release.binding == us.release.binding
    assert acute.release.from_last.source == us.release.from_last.source


def test_a_null_minimum_stays_null():
    assert protocol("in_esketamine_eu").release.from_last is None
    assert "a minimum observation" in protocol("in_esketamine_eu").missing


def test_a_default_minimum_of_an_infusion_counts_from_its_start():
    release = protocol("iv_esketamine").release
    assert (release.from_last, release.from_start.value) == (None, Minutes(120))


def test_practice_is_never_a_studied_range():
    dose = protocol("sc_esketamine").dose
    assert isinstance(dose, PerKilogram)
    assert (dose.start, dose.studied) == (None, None)
    assert dose.practice.source.origin is Origin.PRACTICE


def test_a_protocol_without_a_dose_says_so():
    dose = protocol("kap").dose
    assert isinstance(dose, Unsourced)
    assert "not sourced" in dose.text


def test_the_tablet_names_its_own_response():
    response = protocol("oral_er_racemic_r107").response
    assert (response.scale, response.most.value, response.fall_percent.value) == ("MADRS", 12, 50)
    assert protocol("iv_racemic_ketamine").response is None


@pytest.mark.parametrize("protocol_id", ALL)
def test_a_kept_protocol_is_the_same_when_it_is_restored(protocol_id):
    assert restore(json.loads(json.dumps(snapshot(protocol_id)))) == protocol(protocol_id)


@pytest.fixture
def clinic(tmp_path):
    """A clinic's folder with a protocol of its own, made from ours."""
    text = (FOLDER / "protocols" / "iv_racemic_ketamine.yaml").read_text(encoding="utf-8")

    def write(*changes):
        own = text.replace("id: iv_racemic_ketamine\n", "id: house_iv\n")
        for old, new in changes:
            assert old in own
            own = own.replace(old, new, 1)
        (tmp_path / "house_iv.yaml").write_text(own, encoding="utf-8")
        return tmp_path

    return write


def test_a_clinics_own_protocol_is_built_and_planned(clinic):
    own = load_folder(clinic(("value: 0.5, unit", "value: 0.4, unit")))["house_iv"]
    assert own.dose.start.value == MgPerKg(0.4)
    assert own.dose.start.path == "house_iv.dose_rule.start"
    assert len(plan(own, date(2026, 11, 23)).sessions) == 10


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("name: Intravenous", "nmae: Intravenous"), "nmae"),
        (("value: 0.5, unit", "value: half, unit"), r"\$\.dose_rule\.start\.value"),
        (("value: 0.5, unit", "value: 0.0, unit"), "more than 0 is needed"),
        (("value: 0.5, unit", "value: -0.5, unit"), r"0 or more is needed, not -0.5 - at `\$\.dose_rule\.start`"),
        (("{min: 0.1, max: 1.0", "{min: 1.1, max: 1.0"), "from low to high"),
        (("sessions: 6, per_week: 3", "sessions: 6, per_week: 5"), "not 5"),
        (("sessions: 6, per_week: 3", "sessions: 0, per_week: 3"), "sessions: more than 0"),
        (("src: [PHILLIPS_2019", "src: [NOBODY_1900, PHILLIPS_2019"), "'NOBODY_1900' is not known"),
        (("indications: [mdd_trd", "indications: [sadness, mdd_trd"), "indication 'sadness' is not known"),
        (("primary_scale: MADRS", "primary_scale: MADRAS"), "scale 'MADRAS' is not known"),
        (("scale_ids: [CADSS6", "scale_ids: [CADS6"), "scale 'CADS6' is not known"),
        (("route: intravenous", "route: by mouth"), "not 'by mouth'"),
        (("molecule: ketamine", "molecule: ketamin"), "molecule"),
        (("type: mg_per_kg", "type: by_feel"), "by_feel"),
        (("value_min: null", "value_min: null\n  binding_criteria: [whim]"), "whim"),
        (("id: house_iv\n", "id: iv_racemic_ketamine\n"), "a new id is needed"),
    ],
)
def test_a_clinics_wrong_protocol_is_refused_with_file_and_reason(clinic, change, said):
    with pytest.raises(BadInput, match=rf"house_iv\.yaml: .*{said}"):
        load_folder(clinic(change))
