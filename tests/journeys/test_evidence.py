"""The researcher reads the evidence on a tablet and on a phone: nobody is kept out, nothing stands beyond the edge."""

from __future__ import annotations

import pytest

from tests.fixtures.browser import PHONE, TABLET, Trouble
from tests.fixtures.cast import Cast
from tests.journeys.walking import OpenPage, Walk, look, says, unfold

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.either_database]


@pytest.mark.parametrize("viewport", [TABLET, PHONE], ids=["tablet", "phone"])
def test_a_statement_leads_to_the_study_behind_its_figure(
    live_app: str, open_page: OpenPage, cast: Cast, viewport: dict[str, int]
) -> None:
    page = Walk(live_app, open_page, viewport).as_(cast.researcher, "/evidence/claims/")
    says(page, "Statements that circulate about ketamine")
    look(page, "evidence-claims")
    page.get_by_role("link", name="Loo2023KADS2").first.click()
    says(page, "Loo C, ")
    look(page, "evidence-study")


@pytest.mark.parametrize("viewport", [TABLET, PHONE], ids=["tablet", "phone"])
def test_every_choice_redraws_the_picture_and_a_refused_one_says_why(
    live_app: str, open_page: OpenPage, trouble: Trouble, cast: Cast, viewport: dict[str, int]
) -> None:
    page = Walk(live_app, open_page, viewport).as_(cast.researcher, "/evidence/")
    look(page, "evidence")
    page.locator("#id_outcome").select_option("remission")
    page.wait_for_url("**outcome=remission**")
    page.locator("#id_comparator").select_option("active_background")
    says(page, "against active background")
    page.wait_for_url("**comparator=active_background**")
    unfold(page, "How far they agree")
    look(page, "evidence-pool", at="section.pool")
    page.get_by_role("link", name="What to expect").click()
    says(page, "It is no promise")
    look(page, "evidence-expect", at=".expects")
    page.go_back()
    trouble.expect("422")
    page.locator("#id_at").fill("soon")
    page.locator("#id_at").press("Enter")
    says(page, "a time such as 24h")
    look(page, "evidence-refused")
