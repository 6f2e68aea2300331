"""How it works rests on what was carried in: nothing is cited that was not read, and what was not read is said."""

import pytest
import yaml

from remit.knowledge import mechanism as module
from remit.knowledge.documents import FOLDER
from remit.knowledge.mechanism import mechanism
from remit.pathway.mechanism import Evidence
from remit.pathway.sourced import Status
from remit.quantities import BadInput

LINKS = mechanism().links
CARRIED = " ".join(
    " ".join(path.read_text(encoding="utf-8").split())
    for folder in ("pharmacology", "kinetics", "trials")
    for path in sorted((FOLDER / folder).iterdir())
    if path.suffix in (".yaml", ".csv")
)


@pytest.fixture
def anew():
    mechanism.cache_clear()
    yield mechanism
    mechanism.cache_clear()


@pytest.mark.parametrize("cited", dict.fromkeys(one for link in LINKS for one in link.cited), ids=lambda one: one.text)
def test_whatever_is_cited_stands_in_the_tables_and_models(cited):
    assert cited.text in CARRIED


def test_the_chain_goes_from_the_blood_to_mood_and_leaves_nothing_out():
    assert [link.id for link in LINKS] == [
        "blood", "brain", "block", "session", "glutamate", "ampa", "growth", "synapses", "neurogenesis", "inflammation",
        "transmitters", "mood", "fading", "doubts",
    ]  # fmt: skip


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.id)
def test_a_link_that_nobody_studied_in_people_says_so(link):
    if link.evidence is Evidence.HUMAN:
        assert link.cited
    elif link.evidence is Evidence.NONE:
        assert "No human study of this was read" in link.plain
        assert not link.cited
    if not link.cited:
        assert link.source.status is Status.UNVERIFIED


def test_what_the_model_leaves_out_is_said_and_drawn_by_nothing():
    for link in LINKS:
        assert link.computed or not link.curves
        assert link.computed or link.evidence is Evidence.HUMAN or "The model leaves it out." in link.plain


@pytest.mark.parametrize(
    ("link", "change", "words"),
    [
        ("blood", {"cited": []}, "blood: cited: evidence in people needs what was read"),
        ("glutamate", {"known_as": "assumed"}, "known_as: one of calibrated"),
        ("block", {"known_as": "sure"}, "known_as: one of calibrated"),
        ("glutamate", {"curves": ["mood"]}, "known_as: one of calibrated"),
        ("block", {"curves": ["glutamate"]}, "glutamate is not known"),
        ("mood", {"claim": "it_is_magic"}, "it_is_magic is not known"),
        ("mood", {"evidence": "hearsay"}, "evidence"),
    ],
)
def test_a_link_that_says_too_much_is_refused(anew, monkeypatch, tmp_path, link, change, words):
    content = yaml.safe_load(module.FILE.read_text(encoding="utf-8"))
    next(one for one in content["mechanism"]["links"] if one["id"] == link).update(change)
    (tmp_path / "mechanism.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    monkeypatch.setattr(module, "FILE", tmp_path / "mechanism.yaml")
    with pytest.raises(BadInput, match=words):
        anew()


def test_a_regimen_of_no_protocol_is_refused(anew, monkeypatch, tmp_path):
    text = module.FILE.read_text(encoding="utf-8").replace("protocol: iv_racemic_ketamine", "protocol: by_post")
    (tmp_path / "mechanism.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(module, "FILE", tmp_path / "mechanism.yaml")
    with pytest.raises(BadInput, match="drip: protocol: no 'by_post'"):
        anew()
