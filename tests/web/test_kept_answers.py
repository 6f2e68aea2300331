"""Answers on a phone before they are sent: sealed for one link, forgotten when tampered with."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

from remit.web import kept_answers
from remit.web.kept_answers import COOKIE, Kept

UNTIL = datetime(2030, 1, 1, tzinfo=UTC)


def sealed(token: str, kept: Kept) -> HttpRequest:
    """A request with what was kept in an earlier answer."""
    response = HttpResponse()
    kept_answers.write(response, HttpRequest(), token, f"/s/{token}/", kept, UNTIL)
    request = HttpRequest()
    request.COOKIES[COOKIE] = response.cookies[COOKIE].value
    return request


def test_answers_come_back_with_what_was_left_out() -> None:
    kept = kept_answers.read(sealed("t", Kept({1: 2, 3: None}, {"difficulty": "Somewhat"})), "t")
    assert (kept.in_order(4), kept.unscored, kept.first_open(4)) == (
        (2, None, None, None),
        {"difficulty": "Somewhat"},
        2,
    )


def test_they_belong_to_one_link_and_cannot_be_read_or_changed_on_the_device() -> None:
    request = sealed("t", Kept({9: 3}))
    assert "3" not in request.COOKIES[COOKIE][:4]
    assert kept_answers.read(request, "another").answers == {}
    request.COOKIES[COOKIE] = request.COOKIES[COOKIE][:-4] + "AAAA"
    assert kept_answers.read(request, "t").answers == {}
    request.COOKIES[COOKIE] = "not sealed at all"
    assert kept_answers.read(request, "t").answers == {}


def test_the_cookie_is_sent_to_its_own_link_alone_and_no_script_reads_it() -> None:
    response = HttpResponse()
    kept_answers.write(response, HttpRequest(), "t", "/s/t/", Kept(), UNTIL)
    held = response.cookies[COOKIE]
    assert (held["path"], held["httponly"], held["samesite"]) == ("/s/t/", True, "Lax")
