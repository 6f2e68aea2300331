"""Streams say that something has changed: to the clinic it concerns, by entries and by the clock, until one leaves."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from remit.acts import pulse
from remit.acts.actors import Actor
from remit.live import auth, following, heart
from remit.records.models import Account, Session
from tests.acts.room import seat, sprayed, vitals
from tests.acts.sessions import START, Chairside
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.fixtures.live import in_a_loop

PATIENCE_S = 20


class Listener:
    """A browser's end of a stream: one event after the other."""

    def __init__(self, at: str, path: str, account: Account | None) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(at).netloc, timeout=PATIENCE_S)
        client = Client(SERVER_NAME="127.0.0.1")
        if account is not None:
            client.force_login(account)
            client.get("/drafts/?key=none")
        cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
        self.client = client
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie.value}"} if cookie else {}
        self.connection.request("GET", path, headers=headers)
        self.answer = self.connection.getresponse()

    def events(self) -> Iterator[tuple[str, str]]:
        """Each event and its data; comments are left out."""
        held: dict[str, str] = {}
        while line := self.answer.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if line == "\n" and held.get("event"):
                yield held["event"], held.get("data", "")
            held = {} if line == "\n" else {**held, name: value}

    def hears(self, *wanted: tuple[str, str]) -> None:
        """Wait for these events in turn; whatever else is heard between is passed over."""
        coming = self.events()
        for one in wanted:
            assert any(one == heard for heard in coming), one

    def close(self) -> None:
        """Leave."""
        self.connection.close()


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heart, "EVERY_S", 0.05)
    monkeypatch.setattr(heart, "BEATS_A_LOOK", 1)
    monkeypatch.setattr(following, "HEARTBEAT_S", 0.2)


@contextmanager
def listening(*args: Any) -> Iterator[Listener]:
    listener = Listener(*args)
    try:
        yield listener
    finally:
        listener.close()


@pytest.fixture
def chair(cast: Cast, travel: Traveller, live_app: str) -> Chairside:
    travel.to(START)
    held = sprayed(seat(cast, "Marlow"))
    travel.on(minutes=10)
    return held


def stream_of(held: Chairside) -> str:
    return f"/live/session/{held.session.pk}"


def last_seq(held: Chairside) -> int:
    return Session.objects.get(pk=held.session.pk).last_seq


def status(*args: Any) -> int:
    with listening(*args) as listener:
        return listener.answer.status


def test_a_stranger_a_wrong_role_and_another_clinic_hear_nothing(live_app: str, chair: Chairside, cast: Cast) -> None:
    assert [status(live_app, path, None) for path in ("/live/board", stream_of(chair))] == [401, 401]
    assert [status(live_app, path, cast.researcher) for path in ("/live/board", stream_of(chair))] == [403, 403]
    assert status(live_app, stream_of(chair), cast.other_nurse) == 404
    assert status(live_app, f"/live/session/{uuid4()}", cast.nurse) == 404


def test_an_entry_is_heard_on_the_board_and_at_the_chair_with_its_place(
    live_app: str, chair: Chairside, cast: Cast
) -> None:
    desk, beside = (live_app, "/live/board", cast.coordinator), (live_app, stream_of(chair), cast.nurse)
    with listening(*desk) as board, listening(*beside) as session:
        board.hears(("changed", ""), ("here", "14:10"))
        session.hears(("changed", str(last_seq(chair))), ("here", "14:10"))
        vitals(chair, 10)
        session.hears(("changed", str(last_seq(chair))))
        board.hears(("changed", ""))


def test_what_the_clock_alone_brings_about_is_heard_without_a_place(
    live_app: str, chair: Chairside, cast: Cast, travel: Traveller
) -> None:
    vitals(chair, 10, 190)
    with listening(live_app, stream_of(chair), cast.nurse) as session:
        session.hears(("changed", str(last_seq(chair))), ("here", "14:10"))
        travel.on(minutes=10)
        session.hears(("changed", ""))


def test_a_booking_and_a_move_are_heard_on_the_board(live_app: str, chair: Chairside, cast: Cast) -> None:
    with listening(live_app, "/live/board", cast.nurse) as board:
        board.hears(("changed", ""), ("here", "14:10"))
        coming = seat(cast, "Coming", planned_at=START + timedelta(hours=1))
        board.hears(("changed", ""), ("here", "14:10"))
        Session.objects.filter(pk=coming.session.pk).update(planned_at=START + timedelta(days=1))
        board.hears(("changed", ""))


def test_another_clinic_hears_that_it_is_live_and_nothing_else(live_app: str, chair: Chairside, cast: Cast) -> None:
    with listening(live_app, "/live/board", cast.other_nurse) as board:
        board.hears(("changed", ""), ("here", "20:10"))
        vitals(chair, 10, 190)
        heard = board.events()
        assert [next(heard) for _ in range(5)] == [("here", "20:10")] * 5


def test_a_stream_ends_soon_after_a_sign_out(
    live_app: str, chair: Chairside, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(live_app, "/live/board", cast.nurse) as board:
        board.hears(("here", "14:10"))
        assert board.client.post("/accounts/logout/").status_code == 302
        monkeypatch.setattr(auth, "RECHECK_S", 0.0)
        assert list(board.events())[-1] == ("ended", "")


# One heart for all who listen


class Asked:
    """Stands for the database: counts the questions, answers what it is told, or fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.marks, self.broken = 0, {}, False
        monkeypatch.setattr(pulse, "entered", self.entered)
        monkeypatch.setattr(pulse, "elapsed", lambda *_: {})
        monkeypatch.setattr(pulse, "zone_of", lambda _: None)

    def entered(self, *_: Any) -> dict[Any, Any]:
        self.count += 1
        if self.broken:
            raise OSError("the database is gone")
        return dict(self.marks)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


CLINIC = uuid4()


def test_however_many_listen_the_database_is_asked_once_a_beat_and_no_more_when_all_have_left(asked: Asked) -> None:
    async def many() -> tuple[int, bool]:
        opened = [heart.listening(CLINIC) for _ in range(50)]
        ears = [await one.__aenter__() for one in opened]
        assert all(await asyncio.gather(*(ear.hear(PATIENCE_S) for ear in ears)))
        before = asked.count
        asked.marks[uuid4()] = [0]
        assert all(await asyncio.gather(*(ear.hear(PATIENCE_S) for ear in ears)))
        used, beating = asked.count - before, ears[0].heart.task
        for one in opened:
            await one.__aexit__(None, None, None)
        assert beating is not None
        await asyncio.wait([beating])
        return used, beating.cancelled()

    used, stopped = in_a_loop(many())
    assert 1 <= used <= 3
    assert stopped


def test_an_ear_for_one_session_hears_that_session_alone(asked: Asked) -> None:
    mine, other = uuid4(), uuid4()

    async def listen() -> tuple[bool, bool, int | None]:
        async with heart.listening(CLINIC, mine) as ear:
            asked.marks |= {mine: [4], other: [7]}
            await ear.hear(PATIENCE_S)
            while ear.last_seq != 4:
                await ear.hear(PATIENCE_S)
            asked.marks[other] = [8]
            quiet = await ear.hear(heart.EVERY_S * 5)
            asked.marks[mine] = [5]
            return quiet, await ear.hear(PATIENCE_S), ear.last_seq

    assert in_a_loop(listen()) == (False, True, 5)


def test_a_page_is_told_that_it_is_live_only_while_the_database_answers(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [heart.FRESH_S]
    monkeypatch.setattr(heart, "monotonic", lambda: clock[0])
    actor = Actor(uuid4(), CLINIC)

    async def said(frames: AsyncIterator[str]) -> str:
        clock[0] += heart.FRESH_S
        return (await anext(frames)).partition("\n")[0]

    async def until(frames: AsyncIterator[str], wanted: str) -> bool:
        for _ in range(50):
            if await said(frames) == wanted:
                return True
        return False

    async def listen() -> list[bool]:
        frames = following._frames(actor)
        live = await until(frames, "event: here")
        asked.broken = True
        silent = await until(frames, "") and not any([await said(frames) for _ in range(4)])
        asked.broken = False
        again = await until(frames, "event: here")
        await frames.aclose()
        return [live, silent, again]

    assert in_a_loop(listen()) == [True, True, True]
