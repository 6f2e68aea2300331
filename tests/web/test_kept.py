"""Kept parts of a session's page follow what they show: a change, another person's rights, another clinic's clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from remit.web import kept
from remit.web.chair import Cell, Grid, GridRow
from remit.web.happened import Line

AT = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
LINE = Line(
    0,
    AT,
    AT,
    "note",
    "seen <b>well</b>",
    "Nurse One",
    "",
    (),
    corrected=False,
    correctable=True,
    fields={"text": "seen"},
)
HERE = "/sessions/1/"


def drawn(line: Line = LINE, address: str = HERE, *, corrects: bool = True) -> str:
    with timezone.override("UTC"):
        return kept.happened((line,), address, corrects=corrects)


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        (replace(LINE, words="walked"), "walked"),
        (replace(LINE, who="Nurse Two"), "Nurse Two"),
        (replace(LINE, corrected=True), "struck"),
        (replace(LINE, reasons=("above the limit",)), "above the limit"),
        (replace(LINE, index=7), f"{HERE}correct/7/"),
    ],
)
def test_a_line_that_changed_is_drawn_anew(changed: Line, shown: str) -> None:
    assert shown not in drawn()
    assert shown in drawn(changed)
    assert shown not in drawn()


def test_who_may_not_correct_is_offered_nothing_that_was_drawn_for_another() -> None:
    assert "Correct" in drawn()
    assert "Correct" not in drawn(corrects=False)
    assert "/sessions/2/correct/0/" in drawn(address="/sessions/2/")


def test_what_was_typed_is_never_markup() -> None:
    assert "<b>well" not in drawn()


def test_each_clinic_reads_its_own_clock() -> None:
    shown = Grid((AT,), (5.0,), (GridRow("Pulse", "/min", ((Cell("72", 0),),)),))
    for zone, clock in (("UTC", "14:05"), ("America/New_York", "09:05"), ("UTC", "14:05")):
        with timezone.override(zone):
            assert clock in kept.grid(shown)
            assert clock in kept.happened((LINE,), HERE, corrects=False)
