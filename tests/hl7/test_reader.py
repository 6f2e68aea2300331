"""From bytes to a parsed message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.acts.monitor_codes import monitor_codes
from remit.hl7.observations import read
from remit.hl7.reader import LONGEST, messages, moment, parse
from remit.quantities import BadInput
from tests.hl7.messages import RECEIVED, SPO2, message


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
@pytest.mark.parametrize(("before", "after"), [(b"", b""), (b"\x0b", b"\x1c\r"), (b"\n\n", b"\n")])
def test_line_ends_and_framing_do_not_matter(end, before, after):
    data = before + message(SPO2.format(97)).replace(b"\r", end) + after
    assert [part.id for part in parse(data).parts] == ["MSH", "PID", "PV1", "OBR", "OBX"]


def test_several_messages_come_in_one_file_framed_or_not():
    one = message(SPO2.format(97))
    assert len(list(messages(one + one))) == 2
    assert len(list(messages(b"\x0b" + one + b"\x1c\r\x0b" + one + b"\x1c\r"))) == 2
    with pytest.raises(BadInput, match="one is read at a time, not 2"):
        parse(one + one)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("8859/1", "latin-1"), ("UNICODE UTF-8", "utf-8"), ("8859/15", "iso-8859-15"), ("", "utf-8"), ("", "latin-1")],
)
def test_the_character_set_is_the_stated_one_else_utf_8_else_latin_1(charset, codec):
    data = message(pid="12", charset=charset).decode().replace("DOE", "MÜLLER").encode(codec)
    assert parse(data).first("PID").text(5) == "MÜLLER"
    assert parse(data).notes == ()


def test_a_character_set_that_does_not_fit_is_noted():
    data = message(pid="12", charset="UNICODE UTF-8").decode().replace("DOE", "MÜLLER").encode("latin-1")
    assert parse(data).first("PID").text(5) == "MÜLLER"
    assert "does not fit" in parse(data).notes[0]


def test_escapes_are_resolved_and_other_separators_are_understood():
    data = message(pid="1\\T\\2^^^CLINIC")
    assert parse(data).first("PID").text(3) == "1&2"
    odd = b"MSH#*~\\&#A##\rPID###7***X"
    assert (parse(odd).first("PID").text(3), parse(odd).first("PID").text(3, 4)) == ("7", "X")


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"PID|||1", b"MSH", b"MSH|||||", b"MSH|^^\\&|", b"MSHA^~\\&A", b"XMSH|^~\\&|"]
)
def test_what_is_no_message_is_refused(data):
    with pytest.raises(BadInput, match="message"):
        parse(data)


def test_a_message_longer_than_any_vital_signs_is_refused():
    with pytest.raises(BadInput, match=f"at most {LONGEST} bytes"):
        parse(message() + b"N" * LONGEST)


@pytest.mark.parametrize("text", ["", "x", "2026", "99999999", "20260230", "20261121140000+9999", "20261121250000"])
def test_a_time_that_is_none_is_none_or_a_real_one(text):
    found = moment(text, RECEIVED.tzinfo)
    assert found is None or found.tzinfo is not None
    assert (found is not None) is (text == "2026")


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_and_nothing_else(data):
    try:
        held = read(data, RECEIVED, monitor_codes())
    except BadInput:
        return
    assert held.ack in {"AA", "AR"}


_WORDS = st.text(alphabet="|^~\\&.-+MDCX0123456789 \x0b\x1cü", max_size=30)


@given(st.lists(st.tuples(st.sampled_from(["OBX", "PID", "OBR", "PV1", "MSH", "ZZZ", ""]), _WORDS), max_size=8))
def test_any_segments_are_read_with_reasons_or_refused(segments):
    data = "\r".join(["MSH|^~\\&|A|B|||20261121||ORU^R01|1|P|2.6", *("|".join(each) for each in segments)])
    try:
        held = read(data.encode(), RECEIVED, monitor_codes())
    except BadInput:
        return
    assert all(dropped.reason for dropped in held.dropped)
    assert held.taken_at == RECEIVED


@given(st.data())
def test_a_damaged_message_gives_nothing_impossible_and_no_other_kind(data):
    whole = bytearray(message(SPO2.format(97)))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] = data.draw(st.integers(0, 255))
    try:
        held = read(bytes(whole), RECEIVED, monitor_codes())
    except BadInput:
        return
    assert all(20 <= sample.value <= 100 and sample.kind == "spo2" for sample in held.readings)
