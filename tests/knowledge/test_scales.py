"""The scale files as values: ranges, bands, alerts and definitions as the files give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from remit.knowledge.scale_reading import read
from remit.knowledge.scales import FOLDER, outcome_rules, scale, scales, wording, wordings
from remit.pathway.scales import Measure
from remit.pathway.scoring import score, score_total
from remit.pathway.sourced import Origin, Status
from remit.quantities import BadInput


def written(tmp_path: Path, id: str, old: str, new: str) -> Path:
    text = (FOLDER / f"{id}.yaml").read_text()
    assert old in text
    path = tmp_path / f"{id}.yaml"
    path.write_text(text.replace(old, new))
    return path


def test_there_are_sixteen_scales() -> None:
    assert len(scales()) == 16


def test_an_unknown_scale_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match=r"scale 'PHQ': one of BPIC_SS, .*PHQ9.* is needed"):
        scale("PHQ")


@pytest.mark.parametrize("id", sorted(scales()))
def test_the_lowest_and_highest_answers_are_accepted_and_the_next_ones_are_not(id: str) -> None:
    known = scale(id)
    for item in known.items:
        for answer in (item.low, item.high):
            score(known, [*[None] * (item.n - 1), answer])
        for answer in (item.low - 1, item.high + 1):
            with pytest.raises(
                BadInput, match=f"{id} item {item.n}: {item.low} to {item.high} is needed, not {answer}"
            ):
                score(known, [*[None] * (item.n - 1), answer])


@pytest.mark.parametrize(
    "id", [id for id, known in scales().items() if known.total and known.length > 1 and id != "BPIC_SS"]
)
def test_the_extreme_answers_come_to_the_extreme_totals(id: str) -> None:
    known = scale(id)
    assert known.total is not None
    assert score(known, [item.low for item in known.items]).total == known.total.value.low
    assert score(known, [item.high for item in known.items]).total == known.total.value.high


@pytest.mark.parametrize("id", [id for id, known in scales().items() if known.bands])
def test_every_total_has_a_band(id: str) -> None:
    known = scale(id)
    assert known.total is not None
    for total in range(known.total.value.low, known.total.value.high + 1):
        assert score_total(known, total).band is not None


@pytest.mark.parametrize(
    ("id", "total", "band"),
    [
        ("PHQ9", 4, "minimal"),
        ("PHQ9", 5, "mild"),
        ("PHQ9", 14, "moderate"),
        ("PHQ9", 15, "moderately_severe"),
        ("PHQ9", 19, "moderately_severe"),
        ("PHQ9", 20, "severe"),
        ("HAMD17", 7, "none"),
        ("HAMD17", 8, "mild"),
        ("MADRS", 34, "moderate"),
        ("MADRS", 35, "severe"),
        ("YMRS", 12, "remission"),
        ("YBOCS", 24, "severe"),
        ("MOAAS", 5, "alert"),
        ("MOAAS", 4, "sedated"),
        ("MOAAS", 0, "loss_of_consciousness"),
    ],
)
def test_a_total_falls_into_its_band(id: str, total: int, band: str) -> None:
    assert score_total(scale(id), total).band == band


@pytest.mark.parametrize(
    ("id", "item", "quiet", "loud"),
    [("PHQ9", 9, 0, 1), ("MADRS", 10, 3, 4), ("QIDS_SR16", 12, 1, 2), ("MOAAS", 1, 4, 3), ("HAMD17", 3, 0, 1)],
)
def test_a_risky_answer_raises_its_alert(id: str, item: int, quiet: int, loud: int) -> None:
    before: list[int | None] = [None] * (item - 1)
    assert score(scale(id), [*before, quiet]).alerts == ()
    assert [alert.item for alert in score(scale(id), [*before, loud]).alerts] == [item]


def test_a_deep_sedation_raises_both_of_its_alerts() -> None:
    assert [alert.action for alert in score_total(scale("MOAAS"), 1).alerts][-1] == "emergency response"
    assert len(score_total(scale("MOAAS"), 2).alerts) == 1


def test_a_manic_total_asks_the_prescriber() -> None:
    assert score_total(scale("YMRS"), 12).alerts == ()
    assert [alert.action for alert in score_total(scale("YMRS"), 13).alerts] == ["prescriber_review"]


@pytest.mark.parametrize(
    ("id", "short", "high"), [("HAMD17", 2, [4, 5, 6, 12, 13, 14, 16, 17]), ("YMRS", 8, [5, 6, 8, 9])]
)
def test_maxima_by_item_are_shown_as_from_memory(id: str, short: int, high: list[int]) -> None:
    known = scale(id)
    assert [item.n for item in known.items if item.high == short] == high
    assert {item.high for item in known.items} == {short, 4}
    assert (known.items_source.status, known.items_source.status_read) == (Status.UNVERIFIED, "memory")


def test_qids_needs_one_of_each_pair_and_counts_sixteen_items() -> None:
    answers: list[int | None] = [1, 2, 0, 0, 1, None, 2, 1, None, 0, 1, 1, 0, 1, 0, 1]
    scored = score(scale("QIDS_SR16"), answers)
    assert (scored.items, scored.answered, scored.complete, scored.total) == (16, 14, True, 9)
    answers[6] = None
    assert score(scale("QIDS_SR16"), answers).complete is False


def test_pcl5_gives_clusters_and_a_provisional_diagnosis() -> None:
    answers = [0] * 20
    for n in (1, 6, 8, 9, 15, 16):
        answers[n - 1] = 2
    scored = score(scale("PCL5"), answers)
    assert scored.parts == {"B_intrusion": 2, "C_avoidance": 2, "D_cognition_mood": 4, "E_arousal": 4}
    assert scored.provisional_diagnosis is True
    answers[8] = 1
    assert score(scale("PCL5"), answers).provisional_diagnosis is False


@pytest.mark.parametrize(("total", "met"), [(30, "not met"), (31, "within the published range"), (33, "met")])
def test_a_cut_on_which_sources_differ_is_a_range(total: int, met: str) -> None:
    assert score_total(scale("PCL5"), total).cut_met == met


@pytest.mark.parametrize("id", ["CGI", "PGI"])
def test_a_global_impression_starts_at_one_and_has_no_total(id: str) -> None:
    with pytest.raises(BadInput, match="item 1: 1 to 7 is needed, not 0"):
        score(scale(id), [0])
    assert score(scale(id), [4, 2]).total is None


def test_cssrs_is_triaged() -> None:
    known = scale("CSSRS_SCREEN")
    assert score(known, [1, 1, 0, 0, 0, 0]).band == "low"
    assert score(known, [1, 1, 1, 0, 0, 0]).band == "moderate"
    assert score(known, [1, 1, 0, 1, 0, 0]).band == "high"
    assert score(known, [1, 1, 0, 0, 0, 1, 1]).band == "high"


def test_definitions_keep_cut_off_and_source() -> None:
    remission = scale("MADRS").remission
    assert remission is not None
    assert (remission.value.measure, remission.value.cut_off, remission.path) == (
        Measure.AT_MOST,
        10,
        "MADRS.remission",
    )
    assert [variant.value.criterion.cut_off for variant in scale("MADRS").remission_variants] == [10, 9, 12]
    assert scale("MADRS").remission_variants[2].source.status is Status.UNVERIFIED
    gad = scale("GAD7").remission
    assert gad is not None
    assert gad.source.status is Status.UNVERIFIED


def test_relapse_is_the_projects_own_and_says_so() -> None:
    relapse = outcome_rules().relapse
    assert (relapse.source.origin, relapse.source.status) == (Origin.PROJECT_DEFAULT, Status.UNVERIFIED)


@pytest.mark.parametrize("id", ["CADSS", "CADSS6", "BPRS_PLUS", "MOAAS", "CSSRS_SCREEN"])
def test_no_outcome_is_judged_on_a_scale_of_the_session(id: str) -> None:
    assert scale(id).judged is False


@pytest.mark.parametrize(
    ("id", "old", "new", "said"),
    [
        ("PHQ9", "recall_days: 14", "recall_dais: 14", "PHQ9.yaml: .*recall_dais"),
        (
            "PHQ9",
            "min: 0, max: 3}",
            "min: 0, max: three}",
            "PHQ9.yaml: items.max: a whole number is needed, not 'three'",
        ),
        ("PHQ9", "max: 27}", "max: 28}", "PHQ9.yaml: total: 0 to 27 is what the items add up to, not 0 to 28"),
        ("PHQ9", "severe: [20, 27]", "severe: [20, 28]", "PHQ9.yaml: bands.severe: 0 to 27 is needed, not 20 to 28"),
        (
            "PHQ9",
            "{item: 9, at_least",
            "{item: 10, at_least",
            "PHQ9.yaml: alerts: an item from 1 to 9 is needed, not 10",
        ),
        ("PHQ9", "level: free_text_ok", "level: free", "PHQ9.yaml: .*licence.level"),
        ("PCL5", "[15, 20]}", "[15, 21]}", "PCL5.yaml: E_arousal: items 1 to 20 are needed, not 15 to 21"),
        ("YMRS", "8, 8, 4, 4]", "8, 8, 4]", "YMRS.yaml: items.maxima: 11 values are needed, not 10"),
        ("MADRS", "id: MADRS", "id: MADRAS", "MADRS.yaml: id: 'MADRS' is needed, not 'MADRAS'"),
        ("GAD7", "name:", "id: GAD7\nname:", "GAD7.yaml: line 2: key 'id' is given twice"),
    ],
)
def test_a_broken_file_is_refused_with_file_place_and_reason(
    tmp_path: Path, id: str, old: str, new: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        read(written(tmp_path, id, old, new))


@pytest.mark.parametrize(
    ("id", "first", "stem"),
    [
        ("PHQ9", "Little interest or pleasure in doing things?", "Over the last two weeks, how often"),
        ("GAD7", "Feeling nervous, anxious or on edge", "Over the last 2 weeks, how often"),
        ("PCL5", "Repeated, disturbing, and unwanted memories of the stressful experience?", "In the past month"),
    ],
)
def test_a_published_wording_names_its_file_and_its_authors(id: str, first: str, stem: str) -> None:
    worded = wording(id)
    assert worded is not None
    assert worded.questions[0].text == first
    assert worded.stem.startswith(stem)
    assert all(taken.repository and taken.path and taken.at for taken in worded.taken_from)
    assert worded.attribution


def test_wording_and_scale_agree_on_items_answers_and_codes() -> None:
    for id in ("PHQ9", "GAD7", "PCL5"):
        worded, known = wording(id), scale(id)
        assert worded is not None
        assert len(worded.questions) == known.length
        assert [answer.score for answer in worded.answers] == list(range(known.items[0].low, known.items[0].high + 1))
        assert [question.loinc for question in worded.questions] == [item.loinc for item in known.items]


def test_all_carried_wordings_can_be_listed() -> None:
    assert [(worded.scale_id, worded.language) for worded in wordings()] == [
        ("GAD7", "en"),
        ("PCL5", "en"),
        ("PHQ9", "en"),
    ]


def test_the_difficulty_question_is_not_scored() -> None:
    worded = wording("PHQ9")
    assert worded is not None
    (extra,) = worded.unscored
    assert [answer.score for answer in extra.answers] == [None] * 4


@pytest.mark.parametrize("id", ["MADRS", "HAMD17", "YBOCS", "CSSRS_SCREEN"])
def test_where_no_free_text_can_be_had_there_are_scores_only(id: str) -> None:
    assert wording(id) is None


def test_a_language_that_is_not_carried_gives_no_wording() -> None:
    assert wording("PHQ9", "de") is None


def test_wording_without_a_free_licence_is_refused(tmp_path: Path) -> None:
    (tmp_path / "MADRS.en.yaml").write_text((FOLDER / "wording" / "PHQ9.en.yaml").read_text())
    with pytest.raises(BadInput, match=r"MADRS.en.yaml: the licence of MADRS must be free_text_ok, not permission"):
        wording("MADRS", folder=tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("scale: PHQ9", "scale: GAD7", "PHQ9 in en is needed, not GAD7 in en"),
        ("score: 3", "score: 4", r"options: scores 0 to 3 are needed, not \[0, 1, 2, 4\]"),
        ("stem:", "stam:", "stam"),
        ('  - {text: "Poor appetite or overeating", loinc: "44251-7"}\n', "", "items: 9 are needed, not 8"),
    ],
)
def test_a_wording_that_does_not_fit_its_scale_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (FOLDER / "wording" / "PHQ9.en.yaml").read_text()
    assert old in text
    (tmp_path / "PHQ9.en.yaml").write_text(text.replace(old, new))
    with pytest.raises(BadInput, match=f"PHQ9.en.yaml: .*{said}"):
        wording("PHQ9", folder=tmp_path)
