"""Dialogs that are drawn once for all sessions keep what each page has for itself."""

from __future__ import annotations

import re
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from remit.acts.chairside import ScaleAsked
from remit.knowledge import safety
from remit.pathway.safety import SessionRules
from remit.web.dialogs import alike

NURSE, OTHER = uuid4(), uuid4()


def drawn(
    account: UUID = NURSE, enter: str = "/sessions/1/enter/", rules: SessionRules | None = None, **more: bool
) -> str:
    scales = [ScaleAsked("MOAAS", "MOAA/S", 0, 5, "now")]
    who = {"spray": False, "is_prescriber": False} | more
    return alike(rules or safety.rules(), scales, account=account, enter=enter, **who)


def held(page: str, field: str) -> list[str]:
    return re.findall(rf'name="{field}" value="([^"]*)"', page)


def test_no_two_entries_of_any_page_have_one_id() -> None:
    """An id that came before is taken for an entry sent again, and the entry would be lost."""
    ids = held(drawn() + drawn(), "client_id")
    assert len(ids) > 40
    assert len(set(ids)) == len(ids)
    assert all(UUID(one) for one in ids)


def test_a_page_names_its_own_account_and_its_own_session() -> None:
    for account, enter in ((NURSE, "/sessions/1/enter/"), (OTHER, "/sessions/2/enter/")):
        page = drawn(account, enter)
        assert set(held(page, "account")) == {str(account)}
        assert set(re.findall(r'hx-post="([^"]*)"', page)) == {enter}
        assert "[" not in re.sub(r"<[^>]*>", "", page)


@pytest.mark.parametrize(
    ("who", "words", "here"), [({"is_prescriber": True}, "override_reason", True), ({}, "override_reason", False)]
)
def test_only_a_prescriber_is_offered_an_override(who: dict[str, bool], words: str, here: bool) -> None:
    assert (words in drawn(**who)) is here


def test_other_rules_are_drawn_anew() -> None:
    rules = safety.rules()
    assert "event of tomorrow" in drawn(rules=replace(rules, events=(*rules.events, "event_of_tomorrow")))
    assert "event of tomorrow" not in drawn(rules=rules)
