"""Reading files strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.knowledge.files import DEEPEST, as_schema, read_text, read_typed
from remit.quantities import BadInput


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "file.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_key_given_twice_is_refused_with_its_line(written):
    with pytest.raises(BadInput, match=r"file\.yaml: line 3: key 'dose' is given twice"):
        read_typed(written("dose: 1\nother: 2\ndose: 3\n"))


def test_numbers_are_numbers_and_dates_and_no_stay_text(written):
    held = read_typed(written("a: 1\nb: 0.5\nc: 2026-11-21\nd: no\ne: null\nf: true\ng: 0123\n"))
    assert held == {"a": 1, "b": 0.5, "c": "2026-11-21", "d": "no", "e": None, "f": True, "g": "0123"}


def test_text_stays_text_in_a_persons_file(written):
    assert read_text(written("lot: 0123\nmg: 28\n")) == {"lot": "0123", "mg": "28"}


UNREADABLE = [
    "a: [",
    "a: b: c",
    "&a [*a]",
    "*a",
    "? [a]\n: 1",
    "a: 1" + "0" * 5000,
    "a: \x00",
    "!!str 5",
    "--- a\n--- b",
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read_is_refused_and_names_the_file(written, text):
    with pytest.raises(BadInput, match=r"file\.yaml"):
        read_typed(written(text))


def test_what_has_a_name_stands_wherever_it_is_named(written):
    assert read_typed(written("a: &one {b: 1}\nc: *one\nd: [&two 5, *two]\n")) == {
        "a": {"b": 1},
        "c": {"b": 1},
        "d": [5, 5],
    }
    assert read_typed(written("")) is None


def test_nesting_is_bounded(written):
    assert read_typed(written("[" * DEEPEST + "]" * DEEPEST))
    with pytest.raises(BadInput, match="nested at most"):
        read_typed(written("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)))


def test_a_file_that_is_absent_or_not_utf_8_is_refused(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read_typed(tmp_path / "absent.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff")
    with pytest.raises(BadInput, match="UTF-8"):
        read_typed(tmp_path / "latin.yaml")


def test_a_wrong_type_is_refused_with_the_place_inside():
    with pytest.raises(BadInput, match=r"case: .*\$\[\.\.\.\]"):
        as_schema({"weight": "heavy"}, dict[str, float], "case")


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_and_nothing_else(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "file.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    for read in (read_typed, read_text):
        try:
            read(path)
            said = "file.yaml"
        except BadInput as refused:
            said = str(refused)
        assert "file.yaml" in said
