"""The pages of the evidence: verdicts with their figures, and each figure one click from its citation."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from tests.fixtures.cast import Cast

pytestmark = pytest.mark.django_db


def signed_in(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.researcher)
    return client


def text(content: bytes) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", content.decode())))


def test_each_statement_shows_verdict_figures_and_the_command_that_repeats_it(cast: Cast) -> None:
    page = text(signed_in(cast).get(reverse("claims")).content)
    assert "19.6 % (10.9 to 32.7) of 51 people" in page
    assert "nobody has seen these figures" in page
    assert "remit evidence claims subcutaneous_one_in_five" in page
    for verdict, many in (("supported", 1), ("partly supported", 6), ("not supported", 1), ("cannot be judged", 7)):
        assert f" {verdict} {many} " in page


@pytest.mark.parametrize("cited", ["70 % of 102 patients", "80 % of 50 patients"])
def test_a_study_that_nobody_found_is_said_not_to_be_found(cast: Cast, cited: str) -> None:
    page = text(signed_in(cast).get(reverse("claims")).content)
    assert f"the cited study was not found {cited}" in page


def test_every_link_of_the_claims_leads_to_a_study_with_its_citation(cast: Cast) -> None:
    client = signed_in(cast)
    found = {
        *re.findall(r'href="(/evidence/studies/[^"]+)" title="([^"]+)"', client.get(reverse("claims")).content.decode())
    }
    assert len(found) > 20
    for address, citation in sorted(found)[:4]:
        assert unescape(citation) in text(client.get(address).content)


def test_a_study_shows_each_figure_with_how_it_was_seen(cast: Cast) -> None:
    page = signed_in(cast).get(reverse("study", args=["Loo2023KADS2"])).content
    assert "memory" in text(page)
    assert b"sourced unverified" in page
    assert "remit evidence show Loo2023KADS2" in text(page)


def test_an_unknown_study_is_not_found(cast: Cast) -> None:
    assert signed_in(cast).get(reverse("study", args=["Nobody2020"])).status_code == 404
