"""Every address says who may open it, refuses everybody else, and tells nothing to a stranger."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from remit.acts.core import ACTS
from remit.server.routes import addresses
from remit.web.guard import ANYBODY, SIGNED_IN, rule_of
from remit.web.navigation import LINKS
from tests.fixtures.cast import Cast

SOME_ID = "00000000-0000-4000-8000-000000000000"


def concrete(path: str) -> str:
    """An address with something in place of its variables."""
    import re

    fill = {"uuid": SOME_ID, "int": "1", "slug": "some", "str": "some", "path": "some"}
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: fill[found[1] or "str"], path)


def test_every_address_states_its_rule_and_each_rule_names_acts_that_exist() -> None:
    for address in addresses():
        assert address.rule, f"{address.path} ({address.side}) says nothing about who may open it"
        if address.rule not in (ANYBODY, SIGNED_IN):
            assert set(address.rule) <= set(ACTS), address.path


def test_every_address_has_a_name_of_its_own() -> None:
    names = [address.name for address in addresses() if address.name]
    assert sorted(names) == sorted(set(names))


def test_the_addresses_for_everybody_are_few_and_known() -> None:
    known = {"theme", "first-password", "mfa_authenticate"}
    accounts = {"account_login", "account_logout", "account_signup", "account_inactive"}
    for_everybody = {address.name for address in addresses() if address.rule == ANYBODY}
    by_link = {name for name in for_everybody if name.split("-")[0] == "link"}
    assert for_everybody <= known | accounts | by_link


@pytest.mark.django_db
@pytest.mark.parametrize("address", [a for a in addresses() if a.side == "pages"], ids=lambda a: a.path)
def test_a_stranger_is_sent_to_sign_in(client: Client, cast: Cast, address: object) -> None:
    if address.rule == ANYBODY:  # type: ignore[attr-defined]
        return
    path = concrete(address.path)  # type: ignore[attr-defined]
    for answer in (client.get(path), client.post(path)):
        sent_away = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
        assert sent_away or answer.status_code == 405, path


@pytest.mark.django_db
def test_every_link_of_the_header_leads_to_a_page_of_whoever_sees_it(client: Client, cast: Cast) -> None:
    for who in (cast.psychiatrist, cast.nurse, cast.therapist, cast.coordinator, cast.administrator):
        client.force_login(who)
        page = client.get("/clinic/").content.decode()
        for link in LINKS:
            shown = f'href="{reverse(link.view)}"' in page
            own = link.act in rule_of(resolve(reverse(link.view)).func)
            if shown or own:
                assert client.get(reverse(link.view)).status_code == (200 if shown else 403), (who, link)


@pytest.mark.django_db
def test_no_page_of_a_person_is_kept_by_the_browser_and_every_page_has_the_policy(client: Client, cast: Cast) -> None:
    client.force_login(cast.nurse)
    answer = client.get("/clinic/")
    assert answer["Cache-Control"] == "no-store"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_what_is_missing_or_forbidden_has_a_page_in_words(client: Client, cast: Cast) -> None:
    client.force_login(cast.nurse)
    missing, forbidden = client.get("/nothing/here/"), client.get("/people/")
    assert missing.status_code == 404
    assert "Nothing is kept at this address" in missing.content.decode()
    assert forbidden.status_code == 403
    assert "Administrators manage accounts and roles." in forbidden.content.decode()
    part = client.get("/people/", headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div class="notice red"')
    assert "<html" not in part


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_in_words(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.administrator)
    answer = client.post("/clinic/chairs/", {"name": "Window"})
    assert answer.status_code == 403
    assert "This form was out of date" in answer.content.decode()


@pytest.mark.django_db
def test_an_act_refused_for_want_of_a_right_is_no_form_error(client: Client, cast: Cast) -> None:
    client.force_login(cast.nurse)
    answer = client.post("/clinic/chairs/", {"name": "Window"})
    assert answer.status_code == 403


def test_no_address_is_hidden_behind_another() -> None:
    for address in addresses():
        if address.side == "pages":
            try:
                assert resolve(concrete(address.path)).func is address.endpoint, address.path
            except Resolver404:
                pytest.fail(f"{address.path} is never reached")


@pytest.mark.django_db
def test_a_request_that_cannot_be_read_is_said_and_no_failure(client: Client, cast: Cast) -> None:
    client.force_login(cast.psychiatrist)
    answer = client.get(f"/patients/{cast.patient.pk}/history/", {"protocol": "no_such_protocol"})
    assert answer.status_code == 400
    assert "no_such_protocol" in answer.content.decode()
