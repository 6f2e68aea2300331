"""The researcher reads the evidence on a tablet and on a phone: nobody is kept out, nothing stands beyond the edge."""

from __future__ import annotations

import pytest

from tests.fixtures.browser import PHONE, TABLET
from tests.fixtures.cast import Cast
from tests.journeys.walking import OpenPage, Walk, look, says

pytestmark = pytest.mark.django_db(transaction=True)


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
