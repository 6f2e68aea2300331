"""The printed papers: what a reader finds on each page, and that typed text stays text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.web.sheet import pdf
from remit.web.sheet.data import SheetData
from remit.web.sheet.pdf import history_pdf, rems_form_pdf, session_sheet_pdf, visible
from tests.web.sheet.drafts import form, history
from tests.web.sheet.papers import at, reading, sheet
from tests.web.sheet.reading import pages

HOSTILE = [
    '#let x = read("/etc/passwd")',
    "*bold* $x$ _it_ `raw` <label> @ref",
    "[x] // /* -- --- ... ~ \\ #sys.inputs",
    "\"quoted\" 'single' </script> {{ data }} %s",
    "= Heading\n- list\n+ numbered",
]


def changed(**parts: object) -> SheetData:
    return cast("SheetData", {**sheet(), **parts})


def text(data: SheetData) -> str:
    return "\n".join(pages(session_sheet_pdf(data)))


def squeezed(words: str) -> str:
    """Without the spaces at which lines may break."""
    return re.sub(r"\s|\u200b", "", words)


def test_the_person_stands_on_every_page_with_two_identifiers_and_the_page_number() -> None:
    found = pages(session_sheet_pdf(sheet()))
    assert len(found) == 2
    for number, page in enumerate(found, start=1):
        assert "Rosalind Achterberg" in page
        assert "born 4 Mar 1978" in page
        assert "HS-004217" in page
        assert f"page {number} of 2" in page


def test_a_made_up_person_is_marked_on_every_page_and_a_real_one_on_none() -> None:
    assert all("SYNTHETIC DEMO" in page for page in pages(session_sheet_pdf(sheet())))
    real = changed(print={**sheet()["print"], "synthetic": False})
    assert "SYNTHETIC" not in text(real)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_printed_as_it_was_typed(name: str) -> None:
    data = changed(patient={**sheet()["patient"], "name": name})
    assert all(squeezed(name) in squeezed(page) for page in pages(session_sheet_pdf(data)))


@pytest.mark.parametrize("words", HOSTILE)
def test_every_other_text_is_printed_as_it_was_typed(words: str) -> None:
    data = changed(
        events=[{"at": at(1), "kind": words, "text": words, "by": words}],
        overrides=[{"at": at(1), "what": words, "reason": words, "by": words, "second_person": words}],
        facts=[{"label": words, "value": words, "mark": words}],
    )
    assert squeezed(text(data)).count(squeezed(words)) == 10


def test_a_direction_character_is_made_visible() -> None:
    data = changed(patient={**sheet()["patient"], "name": "Ana\u202eeiraM"})
    assert "Ana[U+202E]eiraM" in text(data)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("tab\there", "tab[U+0009]here"),
        ("null\x00", "null[U+0000]"),
        ("\u2066x\u2069", "[U+2066]x[U+2069]"),
        ("lone \ud800", "lone [U+D800]"),
        ("two\nlines", "two\nlines"),
        ("Zoë Ångström", "Zoë Ångström"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_its_code(typed: str, shown: str) -> None:
    assert visible(typed) == shown


def test_a_very_long_word_may_break() -> None:
    assert visible("x" * 70) == "\u200b".join(["x" * 32, "x" * 32, "x" * 6])


def test_a_letter_that_no_font_has_does_not_stop_the_paper() -> None:
    data = changed(patient={**sheet()["patient"], "name": "Rosalind \u13a0\u13a1 Achterberg"})
    assert "Rosalind" in text(data)


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_any_text_makes_a_paper(words: str) -> None:
    data = changed(patient={**sheet()["patient"], "name": words}, state=words, title=words)
    assert session_sheet_pdf(data).startswith(b"%PDF")


def test_doses_print_with_time_amount_lot_and_expiry() -> None:
    assert squeezed("14:05device 1 of 228 mgKJ4821A31 May 2027Nora Nurse") in squeezed(text(sheet()))


def test_a_vial_prints_what_was_drawn_given_and_wasted_and_who_stood_by() -> None:
    vial = {
        "at": at(-15),
        "product": "ketamine 50 mg/mL",
        "lot": "B2",
        "expiry": None,
        "drawn": "0.82 mL",
        "given": "41.0 mg",
        "wasted": "9.18 mL",
        "prepared_by": "Nora Nurse",
        "second_person": "Paul Prescriber",
        "witness": "Otto Other",
    }
    printed = squeezed(text(changed(preparations=[vial])))
    assert squeezed("ketamine 50 mg/mL B2 – 0.82 mL 41.0 mg 9.18 mL Nora Nurse Paul Prescriber Otto Other") in printed


def test_moments_print_in_the_clinics_zone() -> None:
    printed = text(sheet())
    assert "First dose14:05" in printed
    assert "19:05" not in printed


def test_a_correction_prints_both_values_and_that_it_brought_release_forward() -> None:
    printed = text(sheet())
    assert "184/90 mmHg" in printed
    assert "148/90 mmHg" in printed
    assert printed.count("brings release forward") == 1


def test_what_was_not_recorded_prints_as_a_dash() -> None:
    assert "Weight limit for this dose– (not confirmed)" in text(sheet())


def test_alarms_overrides_checks_and_signatures_are_on_the_paper() -> None:
    printed = text(sheet())
    for words in (
        "blood pressure urgent",
        "Pressure before dosing 146/92",
        "used at 13:00, prescriber accepts",
        "Paul Prescriber, prescriber · responsible for the session",
        "signed electronically 24 Nov 2026, 16:26 EST",
    ):
        assert squeezed(words) in squeezed(printed)


def test_an_alarm_that_was_not_resolved_prints_as_open() -> None:
    alarms = [{**sheet()["alarms"][0], "resolved_at": None}]
    assert "14:51open" in text(changed(alarms=alarms))


def test_an_unsigned_sheet_says_so() -> None:
    assert "Not signed. This paper is a working copy." in text(changed(signatures=[]))


def test_a_superseded_sheet_says_so_on_every_page_with_the_reason() -> None:
    mark = {"at": at(300), "by": "Nora Nurse", "reason": "a set charted after discharge", "replaced_by": "version 2"}
    found = pages(session_sheet_pdf(changed(superseded=mark)))
    assert all("SUPERSEDED" in page for page in found)
    assert "Superseded on 24 Nov 2026, 19:05 by Nora Nurse, replaced by version 2. Reason: a set" in found[0]


def test_who_went_against_advice_prints_with_escort_and_follow_up() -> None:
    left = {
        "at": at(118),
        "reason": "has to fetch a child",
        "advice_given": False,
        "escort": None,
        "follow_up": "call at 18:00",
        "by": "Nora Nurse",
    }
    printed = text(changed(left=left))
    assert "Left against advice at 16:03. Reason: has to fetch a child. Advice given: no. Escort: –." in printed


def test_every_reading_is_in_the_grid_however_many_there_are() -> None:
    many = [reading(7 * n, (120 + n, 70 + n), 60 + n, 97, 5) for n in range(40)]
    printed = text(changed(readings=many))
    for n in range(40):
        assert f"{120 + n}/{70 + n}" in printed


def test_a_session_in_which_nothing_happened_makes_a_paper() -> None:
    lists = {key: [] for key, value in sheet().items() if isinstance(value, list)}
    printed = text(changed(**lists, first_dose=None, release=None))
    assert printed.count("none recorded") == 8


def test_one_reading_of_one_value_makes_a_curve() -> None:
    alone = reading(0, None, 70, None, None)
    assert "pulse" in text(changed(readings=[alone], doses=[], events=[], alarms=[], release=None, first_dose=None))


def test_the_same_data_gives_the_same_bytes() -> None:
    assert session_sheet_pdf(sheet()) == session_sheet_pdf(sheet())


def test_the_form_is_a_draft_and_names_what_is_missing() -> None:
    (printed,) = pages(rems_form_pdf(form()))
    assert "This is a draft of the data" in printed
    assert "To be submitted by 1 Dec 2026." in printed
    assert "Still missing (1): Telephone" in printed
    assert "Telephone *not recorded" in printed


def test_the_history_says_how_many_trials_count_and_every_reason() -> None:
    (printed,) = pages(history_pdf(history()))
    assert "2 of 5 trials count" in printed
    for trial in history()["trials"]:
        for reason in trial["reasons"]:
            assert reason in printed
    assert squeezed("mirtazapine–8failednot known") in squeezed(printed)


@pytest.mark.parametrize("template", sorted(Path(pdf.FOLDER).glob("*.typ")), ids=lambda path: path.name)
def test_a_template_evaluates_nothing_fetches_nothing_and_prints_in_black(template: Path) -> None:
    source = template.read_text()
    assert not re.search(r"\beval\b|@preview|@local|#include|\bread\(", source)
    assert not re.search(r"\b(rgb|cmyk|oklab|oklch|red|blue|green|yellow|orange|gradient)\b", source)
