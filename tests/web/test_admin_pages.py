"""People and Clinic as pages: what an administrator does, what everybody else sees, what is refused where."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from remit.acts import duty, facts
from remit.acts.clock import now
from remit.records.models import Chair, ClinicSetting, CrisisContact, Membership, OnCallShift, Price
from tests.fixtures.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client, cast: Cast) -> Client:
    client.force_login(cast.administrator)
    return client


def text(answer: object) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())  # type: ignore[attr-defined]


# People


def test_people_are_found_by_name_mail_and_role(admin: Client) -> None:
    assert "8 of 8 people" in text(admin.get("/people/"))
    for words in ("nora", "nora.nurse@clinic.example", "researcher"):
        assert re.search(r"[12] of 8 people", text(admin.get("/people/", {"words": words}))), words
    assert "Nobody fits these words." in text(admin.get("/people/", {"words": "zz"}))


def test_a_code_is_shown_once_and_kept_in_no_cache(admin: Client) -> None:
    given = {"name": "Mia New", "email": "mia@clinic.example", "roles": ["nurse"]}
    answer = admin.post("/people/add/", given)
    code = re.search(r"\b(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}\b", text(answer))
    assert code is not None
    assert "no-store" in answer["Cache-Control"]
    assert code[0] not in text(admin.get("/people/"))


def test_a_code_goes_by_mail_when_asked(admin: Client) -> None:
    given = {"name": "Mia New", "email": "mia@clinic.example", "roles": ["nurse"], "by_mail": "on"}
    assert "Sent by e-mail" in text(admin.post("/people/add/", given))
    assert mail.outbox[0].to == ["mia@clinic.example"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"roles": []}, "at least one is needed"),
        ({"email": "mia"}, "an address such as name@clinic.example"),
        ({"name": ""}, "the person's name is needed"),
        ({"roles": ["nurse"], "lead": "on"}, "only a prescriber"),
        ({"email": "nora.nurse@clinic.example"}, "in the list already"),
    ],
)
def test_a_person_who_cannot_be_added_is_refused_at_the_field(
    admin: Client, change: dict[str, object], reason: str
) -> None:
    given = {"name": "Mia", "email": "mia@clinic.example", "roles": ["nurse"]} | change
    answer = admin.post("/people/add/", given)
    assert answer.status_code == 422
    assert reason in text(answer).replace("&#x27;", "'")


def test_roles_are_changed_and_taken_away_on_the_persons_page(admin: Client, cast: Cast) -> None:
    address = f"/people/{cast.nurse.pk}/"
    assert admin.post(address, {"roles": ["nurse", "coordinator"]}).status_code == 302
    assert set(Membership.objects.filter(account=cast.nurse, active=True).values_list("role", flat=True)) == {
        "nurse",
        "coordinator",
    }
    assert admin.post(f"{address}deactivate/").status_code == 302
    assert "not active" in text(admin.get(address))
    assert "Make active again" in text(admin.get(address))


def test_the_only_administrator_is_told_why_it_cannot_go(admin: Client, cast: Cast) -> None:
    answer = admin.post(f"/people/{cast.administrator.pk}/deactivate/", follow=True)
    assert "only administrator" in text(answer)


def test_a_person_of_another_clinic_has_no_page_here(admin: Client, cast: Cast) -> None:
    for path in ("", "deactivate/", "code/", "open/", "second-factor/remove/"):
        assert admin.post(f"/people/{cast.other_nurse.pk}/{path}").status_code == 404


# Clinic


def test_everybody_who_works_here_reads_the_clinic_and_only_an_administrator_changes_it(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.nurse)
    for path in ("", "chairs/", "duty/", "prices/", "values/"):
        answer = client.get(f"/clinic/{path}")
        assert answer.status_code == 200
        assert 'method="post" action="/clinic' not in answer.content.decode()
    for path in ("settings/screen_locks_after/", "duty/shifts/", "duty/contacts/", "duty/channel/test/"):
        assert client.post(f"/clinic/{path}").status_code == 403


def test_a_setting_is_refused_beside_itself_with_what_was_typed(admin: Client) -> None:
    answer = admin.post("/clinic/settings/screen_locks_after/", {"value": "90"})
    assert answer.status_code == 422
    assert "1 to 60 min is needed, not 90" in text(answer)
    assert 'value="90"' in answer.content.decode()
    assert admin.post("/clinic/settings/screen_locks_after/", {"value": "5"}).status_code == 302
    assert ClinicSetting.objects.get(key="screen_locks_after").value == 5
    assert admin.post("/clinic/settings/no_such/", {"value": "5"}).status_code in (400, 404, 422)


def test_details_with_a_zone_that_does_not_exist_are_refused_at_the_field(admin: Client, cast: Cast) -> None:
    given = {"name": "Harbour", "country": "US", "jurisdiction": "US", "timezone": "Mars/Base"}
    answer = admin.post("/clinic/", given)
    assert answer.status_code == 422
    assert "a zone such as America/New_York is needed" in text(answer)
    assert admin.post("/clinic/", given | {"timezone": "Europe/Paris"}).status_code == 302


def test_a_chair_is_added_renamed_and_put_out_of_use(admin: Client, cast: Cast) -> None:
    assert admin.post("/clinic/chairs/", {"name": "Window"}).status_code == 302
    chair = Chair.objects.get(name="Window")
    assert admin.post(f"/clinic/chairs/{chair.pk}/", {"name": "Door"}).status_code == 302
    chair.refresh_from_db()
    assert (chair.name, chair.active) == ("Door", False)
    taken = admin.post(f"/clinic/chairs/{chair.pk}/", {"name": "Chair 1"})
    assert taken.status_code == 422
    assert "already" in text(taken)


def test_times_of_a_shift_are_those_of_the_clinic(admin: Client, cast: Cast) -> None:
    given = {"person": str(cast.nurse.pk), "order": "0", "starts": "2026-12-01T08:00", "ends": "2026-12-01T20:00"}
    assert admin.post("/clinic/duty/shifts/", given).status_code == 302
    shift = OnCallShift.objects.get()
    assert shift.starts.isoformat() == "2026-12-01T13:00:00+00:00"
    wrong = admin.post("/clinic/duty/shifts/", given | {"ends": "2026-12-01T07:00"})
    assert wrong.status_code == 422
    assert "the end must come after the start" in text(wrong)
    assert admin.post(f"/clinic/duty/shifts/{shift.pk}/remove/").status_code == 302
    assert not OnCallShift.objects.exists()


def test_links_go_on_once_contact_roster_and_channel_are_proven_on_the_page(admin: Client, cast: Cast) -> None:
    duty_page = "/clinic/duty/"
    assert "Links to patients are off." in text(admin.get(duty_page))
    OnCallShift.objects.create(
        clinic=cast.clinic, account=cast.nurse, starts=now(), ends=now() + timedelta(hours=8), order=0
    )
    admin.post(f"{duty_page}contacts/", {"name": "Lifeline", "phone": "988", "country": "US"})
    admin.post(f"{duty_page}contacts/{CrisisContact.objects.get().pk}/confirm/")
    admin.post(f"{duty_page}channel/test/", {"to": "desk@clinic.example"})
    assert admin.post(f"{duty_page}channel/confirm/", {"number": "1"}).status_code == 422
    number = re.search(r"\d{6}", mail.outbox[0].body)
    assert number is not None
    assert admin.post(f"{duty_page}channel/confirm/", {"number": number[0]}).status_code == 302
    assert "Links to patients are off." not in text(admin.get(duty_page))
    assert duty.links_off(cast.clinic.pk) == []


def test_a_price_is_set_from_a_day_and_the_one_before_stays(admin: Client, cast: Cast) -> None:
    given = {"protocol": "iv_racemic_ketamine", "item": "session", "currency": "usd", "amount": "450"}
    for start, amount in (("2026-01-01", "450"), ("2026-06-01", "480,50")):
        assert admin.post("/clinic/prices/", given | {"valid_from": start, "amount": amount}).status_code == 302
    assert Price.objects.count() == 2
    assert "1 of 2 prices hold today" in text(admin.get("/clinic/prices/"))
    wrong = admin.post("/clinic/prices/", given | {"valid_from": "2026-01-01", "amount": "much"})
    assert "a number is needed, not &#x27;much&#x27;" in text(wrong)


def test_the_lead_adopts_and_takes_back_and_comes_back_to_the_same_search(client: Client, cast: Cast) -> None:
    client.force_login(cast.psychiatrist)
    query = "kind=eligibility&words=measured+weight"
    given = {"id": "weight_for_dose", "comment": "our policy", "query": query}
    assert client.post("/clinic/values/adopt/", given)["Location"] == f"/clinic/values/?{query}"
    page = client.get(f"/clinic/values/?{query}")
    assert "by Petra Psychiatrist" in text(page)
    adopted = re.search(r"/clinic/values/adopted/([0-9a-f-]+)/withdraw/", page.content.decode())
    assert adopted is not None
    client.post(adopted[0], {"reason": "changed"})
    assert facts.adopted(cast.clinic.pk) == frozenset()


def test_an_adoption_that_cannot_be_says_why(client: Client, cast: Cast) -> None:
    client.force_login(cast.psychiatrist)
    answer = client.post("/clinic/values/adopt/", {"id": "predose_bp_review"}, follow=True)
    assert "only unverified values are adopted" in text(answer)


# The frame


def test_who_works_in_two_clinics_chooses_and_cannot_choose_a_third(client: Client, cast: Cast) -> None:
    Membership.objects.create(account=cast.nurse, clinic=cast.other_clinic, role="nurse")
    client.force_login(cast.nurse)
    assert "Work in Lake Clinic" in text(client.get("/clinic/"))
    client.post("/clinics/choose/", {"clinic": str(cast.other_clinic.pk)})
    assert "Work in Harbour Clinic" in text(client.get("/clinic/"))
    client.force_login(cast.second_nurse)
    client.post("/clinics/choose/", {"clinic": str(cast.other_clinic.pk)})
    assert "Lake Clinic" not in text(client.get("/clinic/"))


def test_the_first_address_leads_to_the_first_page_of_the_role(client: Client, cast: Cast) -> None:
    client.force_login(cast.administrator)
    assert client.get("/")["Location"] == "/people/"
    client.force_login(cast.nurse)
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(("asked", "kept"), [("dark", "dark"), ("day", "day"), ("pink", None)])
def test_the_ground_is_kept_on_the_device(client: Client, cast: Cast, asked: str, kept: str | None) -> None:
    client.post("/theme/", {"theme": asked, "next": "/accounts/login/"})
    held = client.cookies.get("remit_theme")
    assert (held.value if held else None) == kept


# Closed days


def test_an_administrator_closes_a_day_and_opens_it_again(admin: Client, client: Client, cast: Cast) -> None:
    day = (now() + timedelta(days=30)).date().isoformat()
    assert "No day is closed." in text(admin.get("/clinic/hours/"))
    answer = admin.post("/clinic/hours/closed/", {"day": day, "name": "<b>Feast</b>"}, follow=True)
    assert "&lt;b&gt;Feast" in answer.content.decode()
    admin.post("/clinic/hours/closed/open/", {"day": day})
    assert "No day is closed." in text(admin.get("/clinic/hours/"))
    for wrong in ({}, {"day": "soon", "name": "x"}, {"day": "9999-12-31", "name": "x"}, {"day": day, "name": " "}):
        assert admin.post("/clinic/hours/closed/", wrong).status_code == 422
        assert admin.post("/clinic/hours/closed/open/", {"day": "x" * 400}).status_code == 404
    client.force_login(cast.nurse)
    assert client.post("/clinic/hours/closed/", {"day": day, "name": "x"}).status_code == 403
