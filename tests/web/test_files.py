"""Files that leave the house: a text never becomes a formula, a picture carries its look, a missing value is empty."""

from __future__ import annotations

import csv
import io

import pytest

from remit.web.files import csv_file, svg_file


def lines(*rows: tuple[object, ...]) -> list[list[str]]:
    held = csv_file("a/b", ("one", "two"), rows)
    text = b"".join(held.streaming_content).decode()  # type: ignore[arg-type]
    return list(csv.reader(io.StringIO(text)))[1:]


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t"])
def test_a_text_never_becomes_a_formula(begins: str) -> None:
    assert lines((f"{begins}cmd|'/c calc'", -3)) == [[f"'{begins}cmd|'/c calc'", "-3"]]


def test_a_missing_value_is_empty_and_a_whole_number_has_no_point() -> None:
    assert lines((None, 7.0)) == [["", "7"]]


def test_the_name_of_a_file_is_no_path_and_nobody_keeps_a_copy() -> None:
    held = csv_file("../a b", ("one",), [])
    assert held["Content-Disposition"] == 'attachment; filename="..-a-b.csv"'
    assert held["Cache-Control"] == "no-store"


def test_a_picture_stands_alone() -> None:
    text = svg_file("x", '<svg class="chart"><text>1</text></svg>').content.decode()
    assert text.startswith('<svg class="chart"><style>')
    assert "--ink:" in text
    assert ".chart-score" in text
