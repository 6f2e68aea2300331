"""A chart as a PNG: drawn with every colour known, and with words that are never markup."""

import re
import struct

import pytest

from remit.web.charts.lab import Line, lab_chart
from remit.web.sheet.png import _rules, png

CHART = lab_chart("Ketamine", "ng/mL", [Line("A", [0.0, 1.0, 2.0], [0.0, 5.0, 1.0])], "A peak.", "chart")
WIDE = 960


def size(drawn: bytes) -> tuple[int, int]:
    return struct.unpack(">II", drawn[16:24])


def test_every_rule_has_its_colour() -> None:
    assert "var(" not in _rules()
    assert re.search(r"lab-median\.lab-a \{ stroke: #[0-9a-f]{6}", _rules())


def test_a_line_more_makes_the_picture_higher_and_no_wider() -> None:
    one, two = size(png(CHART, "Heading", ["A"])), size(png(CHART, "Heading", ["A", "B"]))
    assert one[0] == two[0] == WIDE
    assert one[1] < two[1]


@pytest.mark.parametrize("words", ['#read("/etc/hostname")', "#panic()", "$ * _ ` @ <x> \\", "\u202eneveS", "x" * 400])
def test_words_are_no_markup(words: str) -> None:
    assert size(png(CHART, words, [words]))[0] == WIDE
