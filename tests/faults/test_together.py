"""Several people at once: no entry lost, none doubled, one chain, and the anchor at its head."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from remit.acts import audit
from remit.acts.session import add_entry, open_session
from remit.acts.verification import verify
from remit.records.models import SessionEntry
from tests.acts.sessions import START, Chairside, booked
from tests.fixtures.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE, EACH = 6, 8


@pytest.fixture
def chair(cast: Cast) -> Chairside:
    return booked(cast)


def together(act: Callable[[int], None]) -> None:
    """Everybody begins at the same moment; the first failure is raised."""
    begin = Barrier(PEOPLE)

    def person(number: int) -> None:
        try:
            begin.wait()
            act(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(PEOPLE) as crowd:
        list(crowd.map(person, range(PEOPLE)))


def test_two_people_at_one_session_lose_nothing(chair: Chairside) -> None:
    actors = [chair.actor(account) for account in (chair.cast.nurse, chair.cast.psychiatrist)]

    def enter(number: int) -> None:
        for n in range(EACH):
            sent = {"kind": "note", "text": f"{number}-{n}"}
            assert add_entry(actors[number % 2], chair.session.pk, uuid.uuid4(), sent, START).accepted

    together(enter)
    entries = SessionEntry.objects.filter(session=chair.session).order_by("seq")
    assert [entry.seq for entry in entries] == list(range(PEOPLE * EACH))
    assert {entry.body["text"] for entry in entries} == {f"{p}-{n}" for p in range(PEOPLE) for n in range(EACH)}
    chair.session.refresh_from_db()
    assert chair.session.last_seq == PEOPLE * EACH - 1
    assert verify().ok
    assert audit.anchor().read() == audit.newest()


def test_one_request_sent_by_everybody_at_once_is_one_entry(chair: Chairside) -> None:
    client_id, nurse = uuid.uuid4(), chair.actor(chair.cast.nurse)
    answers = []

    def enter(_: int) -> None:
        answers.append(add_entry(nurse, chair.session.pk, client_id, {"kind": "arrived"}, START))

    together(enter)
    assert SessionEntry.objects.count() == 1
    assert {(answer.seq, answer.state) for answer in answers} == {(0, "arrived")}
    assert sum(answer.repeated for answer in answers) == PEOPLE - 1


def test_readers_and_writers_share_one_chain(chair: Chairside) -> None:
    nurse = chair.actor(chair.cast.nurse)

    def work(number: int) -> None:
        for n in range(EACH):
            if number % 2:
                open_session(nurse, chair.session.pk, START)
            else:
                add_entry(nurse, chair.session.pk, uuid.uuid4(), {"kind": "note", "text": f"{number}-{n}"}, START)

    together(work)
    found = verify()
    assert (found.ok, found.anchor, found.rows) == (True, "matches", PEOPLE * EACH + 1)


def test_the_proof_holds_while_others_write(chair: Chairside) -> None:
    nurse = chair.actor(chair.cast.nurse)

    def work(number: int) -> None:
        for n in range(EACH):
            if number:
                sent = {"kind": "note", "text": f"{number}-{n}"}
                add_entry(nurse, chair.session.pk, uuid.uuid4(), sent, START)
            else:
                assert verify().problems == []

    together(work)
    assert verify().ok
