"""What somebody with bad intent sends: refused in words, nothing kept, nothing led astray."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.core import mail as outbox
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from remit.acts import invitations, links
from remit.acts.drafts import keep_draft, read_draft
from remit.quantities import BadInput
from remit.records.models import AuditRow, SessionEntry, Vial
from remit.web.pages.session import entry_of
from tests.acts.follow_up import a_link, acting, may_send
from tests.acts.sessions import START, booked
from tests.fixtures.cast import PASSWORD, Cast
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db
once = pytest.mark.either_database

ELSEWHERE = ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\x09//evil.example")
NOWHERE = ("1e400", "board", "['a']")


@pytest.fixture
def nurse(client: Client, cast: Cast) -> Client:
    client.force_login(cast.nurse)
    return client


# Led astray


@pytest.mark.parametrize("wanted", ELSEWHERE)
@once
def test_nobody_is_led_to_another_site(client: Client, cast: Cast, wanted: str) -> None:
    sent = {"login": cast.nurse.email, "password": PASSWORD, "next": wanted}
    assert client.post("/accounts/login/", sent)["Location"] == "/"
    assert client.post("/theme/", {"theme": "dark", "next": wanted})["Location"] == "/"
    client.post("/lock/")
    assert client.post("/lock/open/", {"password": PASSWORD, "next": wanted})["Location"] == "/"


@pytest.mark.parametrize("wanted", NOWHERE)
@once
def test_an_address_that_is_none_leads_home(nurse: Client, wanted: str) -> None:
    assert nurse.post("/theme/", {"theme": "dark", "next": wanted})["Location"] == "/"


@once
def test_a_locked_page_leads_back_within_the_house(nurse: Client) -> None:
    nurse.post("/lock/")
    answer = nurse.get("/patients/", headers={"Referer": "https://evil.example//evil.example/x"})
    assert answer["Location"] == "/lock/?next=%2Fpatients%2F"
    answer = nurse.post("/patients/", headers={"Referer": "https://evil.example/x"})
    assert answer["Location"] == "/lock/?next=%2Fx"


@once
def test_another_host_name_is_refused(client: Client, cast: Cast, settings) -> None:
    settings.ALLOWED_HOSTS = ["clinic.example"]
    assert client.get("/accounts/login/", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/accounts/login/", headers={"Host": "clinic.example"}).status_code == 200
    forwarded = {"Host": "clinic.example", "X-Forwarded-Host": "evil.example"}
    assert "evil" not in client.get("/accounts/login/", headers=forwarded).content.decode()


@once
def test_the_address_of_a_link_is_told_to_no_other_site(client: Client, cast: Cast, travel: Traveller) -> None:
    may_send(cast)
    token, _ = a_link(cast)
    for path in (f"/s/{token}/", f"/s/{token}/1/", "/s/no-such-token/"):
        assert client.get(path)["Referrer-Policy"] == "no-referrer"


# Sessions


@once
def test_signing_in_and_unlocking_change_the_session_that_a_browser_brought(client: Client, cast: Cast) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = "chosen-by-somebody-else"
    client.post("/accounts/login/", {"login": cast.nurse.email, "password": PASSWORD})
    first = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert first != "chosen-by-somebody-else"
    client.post("/lock/")
    client.post("/lock/open/", {"password": PASSWORD})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != first


@once
def test_the_second_persons_password_cannot_be_tried_for_long(nurse: Client, cast: Cast) -> None:
    held = Vial.objects.create(
        clinic=cast.clinic, molecule="ketamine", strength_mg_per_ml=50, volume_ml=10, lot="B2",
        expiry=START.date(), received_at=START, received_by=cast.nurse,
    )  # fmt: skip
    sent = {"client_id": str(uuid.uuid4()), "mg": "1", "reason": "x", "second_email": cast.second_nurse.email}
    said = [
        nurse.post(f"/stock/{held.pk}/waste/", sent | {"second_password": f"guess {n}"}).content.decode()
        for n in range(settings.AXES_FAILURE_LIMIT + 1)
    ]
    assert "password is not right" in said[0]
    assert "this account is closed" in said[-1]
    right = nurse.post(f"/stock/{held.pk}/waste/", sent | {"second_password": PASSWORD})
    assert "this account is closed" in right.content.decode()
    assert AuditRow.objects.filter(action="sign_in_failed").count() >= settings.AXES_FAILURE_LIMIT - 1


# Forged fields


@pytest.mark.parametrize("forged", ["source", "at", "by", "account_id", "second_person", "second_account", "result"])
def test_a_form_cannot_say_who_entered_when_or_that_a_monitor_did(
    nurse: Client, cast: Cast, travel: Traveller, forged: str
) -> None:
    travel.to(START)
    chair = booked(cast)
    chair.enter("arrived")
    sent = {"kind": "vitals", "systolic": "120", "diastolic": "80", "client_id": str(uuid.uuid4())}
    entered = nurse.post(
        f"/sessions/{chair.session.pk}/enter/", sent | {"account": str(cast.nurse.pk), forged: "prescriber"}
    )
    assert entered.status_code == 422
    assert not SessionEntry.objects.filter(kind="vitals").exists()


@pytest.mark.parametrize("late", ["inf", "1e400", "1" * 30, "x"])
@once
def test_seconds_that_no_form_waited_are_refused(nurse: Client, cast: Cast, late: str) -> None:
    chair = booked(cast)
    sent = {"kind": "arrived", "client_id": str(uuid.uuid4()), "account": str(cast.nurse.pk), "late_s": late}
    answer = nurse.post(f"/sessions/{chair.session.pk}/enter/", sent)
    assert answer.status_code == 422
    assert "seconds since the form was filled in are needed" in answer.content.decode()
    assert not SessionEntry.objects.exists()


@pytest.mark.parametrize(
    ("now", "typed", "taken"),
    [
        ("13:30", "13:30", "2026-11-21T13:30:00+00:00"),
        ("13:30", "13:31", None),
        ("00:10", "23:50", "2026-11-20T23:50:00+00:00"),
        ("13:30", "23:59", None),
    ],
)
@once
def test_a_time_still_to_come_is_yesterdays_only_after_midnight(now: str, typed: str, taken: str | None) -> None:
    at, sent = datetime.fromisoformat(f"2026-11-21T{now}:00+00:00"), {"kind": "arrived", "at_time": typed}
    with timezone.override(UTC):
        if taken:
            assert entry_of(sent, at)["taken_at"] == taken
            return
        with pytest.raises(BadInput, match=f"time: up to {now} is possible, not {typed}"):
            entry_of(sent, at)


@once
def test_a_refusal_names_the_day_where_it_is_not_today(nurse: Client, cast: Cast, travel: Traveller) -> None:
    travel.to(START)
    chair = booked(cast)
    sent = {"kind": "arrived", "client_id": str(uuid.uuid4()), "account": str(cast.nurse.pk)}
    answer = nurse.post(f"/sessions/{chair.session.pk}/enter/", sent | {"taken_at": "2030-01-01T12:00:00+00:00"})
    assert "not after 14:00 is possible, not 07:00 on Tue 01 Jan 2030" in answer.content.decode()


@pytest.mark.parametrize("typed", ["81,5", "81,500", "eighty", "NaN"])
@once
def test_a_weight_that_is_no_number_is_refused_with_what_was_typed(nurse: Client, cast: Cast, typed: str) -> None:
    sent = {"weight-value": typed, "weight-unit": "kg", "weight-measured_on": "2026-11-20"}
    answer = nurse.post(f"/patients/{cast.patient.pk}/weight/", sent)
    assert answer.status_code == 422
    assert f"A number such as 81.5 is needed, not {typed}." in answer.content.decode()


@pytest.mark.parametrize("day", ["9999-12-31", "2026-02-30"])
def test_a_day_that_none_is_filters_no_trail(client: Client, cast: Cast, day: str) -> None:
    client.force_login(cast.administrator)
    answer = client.get("/audit/", {"day": day, "page": "²"})
    assert answer.status_code == 422
    whole = client.get("/audit/rows.csv", {"day": day})
    assert whole.status_code == 302


@once
def test_the_board_says_that_it_knows_no_other_day(nurse: Client, travel: Traveller) -> None:
    travel.to(START)
    for day in ("nonsense", "2026-11-22"):
        answer = nurse.get("/board/", {"day": day})
        assert answer.status_code == 422
        assert f", not “{day}”. The sessions of another day" in answer.content.decode()
    assert nurse.get("/board/", {"day": "2026-11-21"}).status_code == 200


@once
def test_a_number_that_is_none_names_no_version(nurse: Client, cast: Cast) -> None:
    chair = booked(cast)
    for version in ("²", "9" * 30):
        assert nurse.get(f"/sessions/{chair.session.pk}/sheet/", {"version": version}).status_code == 404


def test_more_fields_than_a_form_has_change_nothing_else(client: Client, cast: Cast) -> None:
    client.force_login(cast.administrator)
    page = client.get("/clinic/").context["form"]
    held = {name: page.initial.get(name, "") for name in page.fields}
    client.post("/clinic/", held | {"synthetic": "1", "id": str(uuid.uuid4()), "jurisdiction_": "EU"})
    cast.clinic.refresh_from_db()
    assert not cast.clinic.synthetic


# What no reader takes


@pytest.mark.parametrize("path", ["/patients/?q=%00", "/people/?words=a%00b", "/accounts/login/?next=%00"])
def test_the_sign_of_no_meaning_is_refused(nurse: Client, path: str) -> None:
    assert nurse.get(path).status_code == 400
    assert nurse.post("/drafts/", {"key": "a\0b", "body": "{}"}).status_code == 400


@pytest.mark.parametrize("text", ['"\\u0000"', '"\\ud800"', '"ordinary"'])
def test_a_draft_is_kept_as_any_database_takes_it(nurse: Client, cast: Cast, text: str) -> None:
    assert nurse.post("/drafts/", {"key": "page", "body": f'{{"reason": {text}}}'}).status_code == 204
    assert nurse.get("/drafts/", {"key": "page"}).status_code == 200
    held = acting(cast, cast.nurse)
    keep_draft(held, "other", {"reason": "a\0b"})
    kept = read_draft(held, "other")
    assert kept is not None
    assert kept.body == {"reason": ["ab"]}


@pytest.mark.parametrize("code", ["", "É" * 16, "ẞ٣", "AAAA-BBBB-CCCC-DDDD"])
def test_any_letters_as_a_code_are_a_wrong_code(cast: Cast, code: str) -> None:
    cast.nurse.set_unusable_password()
    cast.nurse.save()
    with pytest.raises(BadInput, match="code: it does not belong"):
        invitations.accept(cast.nurse.email, code, "another long pass phrase", "127.0.0.1")


def test_a_form_with_files_that_is_too_long_is_refused_from_anybody_and_not_kept(client: Client, cast: Cast) -> None:
    large = SimpleUploadedFile("x", b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))
    assert client.post("/accounts/login/", {"login": "a", "file": large}).status_code == 400
    small = SimpleUploadedFile("x", b"x" * 1000)
    assert client.post("/accounts/login/", {"login": "a", "file": small}).status_code != 400


# A clinic's own words are no pattern


@once
def test_braces_in_a_clinics_name_stay_braces_in_its_mails(cast: Cast, travel: Traveller) -> None:
    cast.clinic.name = "Harbour {0} {address.__class__} {"
    cast.clinic.save()
    cast.patient.email = "paula@clinic.example"
    cast.patient.save()
    may_send(cast)
    sent = links.send_link(
        acting(cast, cast.coordinator),
        cast.patient.pk,
        "PHQ9",
        uuid.uuid4(),
        lambda t: f"https://h/s/{t}/",
        by_mail=True,
    )
    assert not sent.failure
    assert "Harbour {0} {address.__class__} { asks you" in outbox.outbox[-1].body
    assert "https://h/s/" in outbox.outbox[-1].body
