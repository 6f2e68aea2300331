"""The check of the knowledge and of a clinic's own files."""

import pytest

from remit.knowledge.check import check
from remit.knowledge.documents import FOLDER
from remit.knowledge.words import wrong_words
from remit.quantities import BadInput


def test_what_remit_carries_is_whole():
    report = check()
    assert report.problems == ()
    assert set(report.by_status) == {"verified", "secondary", "derived", "unverified"}
    assert {"protocols", "scales", "eligibility", "safety", "medications", "terminology"} <= set(report.by_kind)
    assert sum(report.by_kind.values()) == sum(report.by_status.values())


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        ({"a": {"status": "sure"}}, "a.status", "not 'sure'"),
        ({"a": {"status": None}}, "a.status", "not None"),
        ({"loinc": {"status": {"panel": "guess"}}}, "loinc.status", "not 'guess'"),
        ({"bands_status": "sure"}, "bands_status", "not 'sure'"),
        ({"a": {"origin": "hearsay"}}, "a.origin", "not 'hearsay'"),
        ({"a": {"src": ["NOBODY_1900"]}}, "a.src", "'NOBODY_1900' is not known"),
        ({"a": {"src": "KNOWN"}}, "a.src", "a list"),
        ({"sources": ["NOBODY_1900"]}, "sources", "not known"),
        ({"o": [{"id": "x"}, {"id": "x"}]}, "o.x", "given twice"),
        ({"o": [{"id": "x", "status": "sure"}]}, "o.x.status", "not 'sure'"),
        ({"r": {"min": 2, "max": 1}}, "r", "not 2 to 1"),
        ({"a": {"minutes": [0, -5]}}, "a.minutes.1", "not -5"),
        ({"a": {"src": [["KNOWN"]]}}, "a.src", "not known"),
        ({"a": {"text": "stop", "and go home": None}}, "a.and go home", "comma"),
    ],
)
def test_each_wrong_word_is_named_with_its_place(content, place, reason):
    [(found, said)] = wrong_words(content, {"KNOWN"})
    assert found == place
    assert reason in said


def test_legal_words_pass():
    content = {"a": {"status": "abstract", "origin": "trial", "src": ["KNOWN"], "min": 1, "max": 1}}
    assert list(wrong_words(content, {"KNOWN"})) == []


@pytest.fixture
def clinic(tmp_path):
    """A clinic's folder with a protocol of its own, made from ours."""
    text = (FOLDER / "protocols" / "iv_racemic_ketamine.yaml").read_text(encoding="utf-8")

    def write(*changes, name="house_iv.yaml"):
        own = text.replace("id: iv_racemic_ketamine\n", "id: house_iv\n")
        for old, new in changes:
            assert old in own
            own = own.replace(old, new, 1)
        (tmp_path / name).write_text(own, encoding="utf-8")
        return tmp_path

    return write


def test_a_clinics_own_protocol_passes_the_same_checks(clinic):
    report = check(clinic())
    assert report.problems == ()
    assert report.files == ("house_iv.yaml",)
    assert set(report.by_kind) == {"protocols"}


def test_a_clinics_own_citations_count(clinic):
    folder = clinic(("src: [PHILLIPS_2019]", "src: [HOUSE_2026]"))
    assert "'HOUSE_2026' is not known" in check(folder).problems[0].reason
    (folder / "sources.yaml").write_text(
        "sources:\n  HOUSE_2026: {citation: our own audit, year: '2026', locator: ours, seen: whole}\n",
        encoding="utf-8",
    )
    assert check(folder).ok


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("status: verified", "status: certain"), "certain"),
        (("origin: trial", "origin: hearsay"), "hearsay"),
        (("value: 0.5", "value: half"), "dose_rule.start.value"),
        (("name: Intravenous", "nmae: Intravenous"), "nmae"),
        (("id: house_iv", "id: in_esketamine_us_trd"), "taken"),
        (("route: intravenous", "route: intravenous\nroute: oral"), "given twice"),
        (("id: house_iv\n", ""), "id"),
    ],
)
def test_a_clinics_wrong_protocol_is_refused_with_file_and_reason(clinic, change, said):
    report = check(clinic(change))
    assert not report.ok
    assert {found.file for found in report.problems} == {"house_iv.yaml"}
    assert any(said in f"{found.path} {found.reason}" for found in report.problems)


def test_a_folder_that_is_absent_or_without_protocols_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match="folder"):
        check(tmp_path / "absent")
    with pytest.raises(BadInput, match="at least one protocol or molecule file"):
        check(tmp_path)


MOLECULE = """
id: own
name: Own
composition: {S: 1}
molar_mass: {value: %s, origin: practice, status: derived}
formulations: [{id: infusion, route: intravenous, kinetics: perez_ruixo_2021, paths: [{into: central}]}]
"""


def test_a_molecule_beside_a_protocol_is_checked_as_one(clinic):
    folder = clinic()
    (folder / "own.yaml").write_text(MOLECULE % "250", encoding="utf-8")
    report = check(folder)
    assert report.ok
    assert set(report.files) == {"house_iv.yaml", "own.yaml"}
    assert "molecules" in report.by_kind


def test_a_molecule_that_does_not_fit_is_named_with_its_place(tmp_path):
    (tmp_path / "molecules").mkdir()
    (tmp_path / "molecules" / "own.yaml").write_text(MOLECULE % "heavy", encoding="utf-8")
    [problem] = check(tmp_path).problems
    assert (problem.file, problem.path) == ("molecules/own.yaml", "molar_mass.value")
