"""Who listens to a stream: the same session as on a page, looked at again while the stream is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from starlette.requests import Request
from starlette.responses import Response

from remit.acts import people
from remit.acts.actors import Actor, actor_for
from remit.live import auth
from remit.live.auth import Visitor, events, look, streams
from tests.fixtures.cast import PASSWORD, Cast
from tests.fixtures.clock import Traveller
from tests.fixtures.live import in_a_loop

BOARD = ("show_duty",)


@pytest.fixture
def cookie(client: Client, cast: Cast) -> str:
    """The nurse's session, as a browser would send it."""
    client.force_login(cast.nurse)
    client.get("/clinic/")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.mark.django_db
class TestLook:
    """One look at a session: who it is, or the status that says why not."""

    def test_a_session_of_somebody_who_may_is_that_person_in_that_clinic(self, cookie: str, cast: Cast) -> None:
        assert look(cookie, BOARD) == actor_for(cast.nurse.pk, cast.clinic.pk)

    @pytest.mark.parametrize("made_up", ["", "no-such-session", "../../etc/passwd"])
    def test_no_session_is_nobody(self, cast: Cast, made_up: str) -> None:
        assert look(made_up, BOARD) == 401

    def test_a_role_that_does_not_allow_it_is_refused(self, cookie: str) -> None:
        assert look(cookie, ("list_people",)) == 403
        assert isinstance(look(cookie, ("list_people", "show_duty")), Actor)

    def test_signing_out_ends_it(self, client: Client, cookie: str) -> None:
        client.post("/accounts/logout/")
        assert look(cookie, BOARD) == 401

    def test_a_locked_screen_hears_nothing(self, client: Client, cookie: str) -> None:
        client.post("/lock/")
        assert look(cookie, BOARD) == 423
        client.post("/lock/open/", {"password": PASSWORD})
        assert isinstance(look(client.cookies[settings.SESSION_COOKIE_NAME].value, BOARD), Actor)

    def test_a_screen_that_nobody_touches_hears_nothing(self, cookie: str, travel: Traveller) -> None:
        travel.on(minutes=9)
        assert isinstance(look(cookie, BOARD), Actor)
        travel.on(minutes=2)
        assert look(cookie, BOARD) == 423

    def test_a_person_who_no_longer_works_here_hears_nothing(self, cookie: str, cast: Cast) -> None:
        people.deactivate_person(actor_for(cast.administrator.pk, cast.clinic.pk), cast.nurse.pk)
        assert look(cookie, BOARD) == 401

    def test_a_changed_password_ends_it(self, cookie: str, cast: Cast) -> None:
        cast.nurse.set_password("another long pass phrase")
        cast.nurse.save()
        assert look(cookie, BOARD) == 401


def request_with(cookie: str) -> Request:
    headers = [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers})


@streams(*BOARD)
async def board(request: Request, visitor: Visitor) -> Response:
    """A stream as a page helper writes it."""
    return events(visitor, ticking())


async def ticking() -> AsyncIterator[str]:
    for number in range(100):
        yield f"data: {number}\n\n" if number else ""


async def heard(response: Any) -> list[str]:
    return [frame async for frame in response.body_iterator]


@pytest.mark.django_db(transaction=True)
def test_a_stranger_gets_a_status_and_no_stream(cast: Cast) -> None:
    assert in_a_loop(board(request_with("nobody"))).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_a_stream_says_that_it_is_there_and_ends_when_the_person_may_no_longer_listen(
    client: Client, cookie: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def listen() -> list[str]:
        response = await board(request_with(cookie))
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        frames = response.body_iterator
        first = [await anext(frames) for _ in range(2)]
        await asyncio.to_thread(client.post, "/accounts/logout/")
        monkeypatch.setattr(auth, "RECHECK_S", 0.0)
        return first + [frame async for frame in frames]

    frames = in_a_loop(listen())
    assert frames == [": here\n\n", "data: 1\n\n", "event: ended\ndata: \n\n"]


def test_the_rule_of_a_stream_can_be_read_from_its_endpoint() -> None:
    assert auth.rule_of(board) == BOARD
    assert auth.rule_of(heard) is None
