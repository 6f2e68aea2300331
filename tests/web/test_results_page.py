"""The page of the results: rates with their denominators, what is missing, the published beside; and what may leave."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from remit.records.models import Account, AuditRow, ClinicSetting
from tests.acts.treated import ASOF, LARGER, Treated
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def browser(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def text(content: bytes) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", content.decode())))


def test_the_page_shows_the_true_rates_with_what_is_missing(cast: Cast, travel: Traveller) -> None:
    travel.to(ASOF)
    Treated(cast)
    client = browser(cast.second_prescriber)
    page = text(client.get(reverse("results")).content)
    assert "36 people had a first dose; for 35 the follow-up is over. Of 30 who can be judged, 17 had responded" in page
    assert "12/20 scored, of 25 eligible · 60 % (39–78)" in page
    assert "48 to 68 %, whatever became of the 5 not scored; 60 % if they fared like the others of their arm" in page
    assert "2 without a completed score before the first dose" in page
    assert "1 further course of somebody who is counted with the first" in page
    assert "Popova2019TRANSFORM2" in page
    assert "PHQ9 at least 50 % below the course baseline" in page
    assert AuditRow.objects.filter(action="read_results").count() == 1
    part = client.get(reverse("results"), {"outcome": "remission", "since": "2026-Q3"}, headers={"HX-Request": "true"})
    assert part["HX-Push-Url"] == "/results/?outcome=remission&since=2026-Q3"
    assert "<html" not in part.content.decode()
    assert "Of 5 who can be judged, 0 were in remission" in text(part.content)
    nothing = client.get(reverse("results"), {"modality": "esketamine intranasal", "until": "2026-Q1"})
    assert nothing.status_code == 200
    rows = b"".join(client.get(reverse("results-csv")).streaming_content).decode()
    assert "ketamine,intravenous,mdd_trd,PHQ9,response,26,25,20,12,0.6," in rows
    for name in ("beside", "runs", "lasting"):
        assert client.get(reverse("results-svg"), {"picture": name}).content.startswith(b"<svg")
    for name, words in (
        ("scale", "PHQ99"),
        ("outcome", "cure"),
        ("modality", "by post"),
        ("since", "2026-Q9"),
        ("until", "'--"),
    ):
        assert client.get(reverse("results"), {name: words}).status_code == 422
        assert client.get(reverse("results-csv"), {name: words}).status_code == 404
    refused = client.get(reverse("results"), {"since": "2026-Q3", "until": "2026-Q1"})
    assert (refused.status_code, "2026-Q3 or later is needed, not 2026-Q1" in text(refused.content)) == (422, True)
    assert client.get(reverse("results-svg"), {"picture": "nobody"}).status_code == 404
    ClinicSetting.objects.create(
        clinic=cast.clinic, key="results_until", value=20, set_by=cast.administrator, set_at=ASOF
    )
    crossed = client.get(reverse("results"))
    assert (crossed.status_code, "a span from day 0 on is needed, not 21 to 20" in text(crossed.content)) == (400, True)


def test_a_clinic_that_treated_nobody_says_so(cast: Cast) -> None:
    page = text(browser(cast.psychiatrist).get(reverse("results")).content)
    assert "Nobody has had a first dose here yet." in page
    assert "Nothing was released yet." in page


def test_what_may_leave_is_released_by_the_administrator_and_read_by_the_researcher(
    cast: Cast, travel: Traveller
) -> None:
    travel.to(ASOF)
    Treated(cast, LARGER)
    researcher, administrator = browser(cast.researcher), browser(cast.administrator)
    before = text(researcher.get(reverse("results")).content)
    assert "Nothing was released yet." in before
    assert "14/26" not in before
    assert "Release closed quarters" not in before
    assert researcher.get(reverse("results-csv")).status_code == 403
    assert researcher.post(reverse("results-release"), {"scale": "PHQ9"}).status_code == 403
    assert administrator.post(reverse("results-release"), {"scale": "none"}).status_code == 422
    assert "4 rows released." in text(
        administrator.post(reverse("results-release"), {"scale": "PHQ9"}, follow=True).content
    )
    again = administrator.post(reverse("results-release"), {"scale": "PHQ9"}, follow=True)
    assert "Nothing new may leave" in text(again.content)
    page = text(researcher.get(reverse("results")).content)
    assert "14/26 scored, of 26 treated · 54 % (35–71)" in page
    arms = b"".join(researcher.get(reverse("results-arms")).streaming_content).decode()
    assert arms.startswith("study,clinic,synthetic,")
    assert "Harbour Clinic ketamine intravenous mdd_trd 2026-Q1" in arms
    assert researcher.get(reverse("results-arms"), {"outcome": "cure"}).status_code == 404
