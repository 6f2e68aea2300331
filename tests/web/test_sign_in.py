"""Signing in: by e-mail and password, a second factor where there is one, a lock-out, and every event in the trail."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings as installed
from django.test import Client
from django.urls import NoReverseMatch, reverse

from remit.acts import people
from remit.acts.actors import actor_for
from remit.records.models import AuditRow, Membership
from tests.fixtures.cast import PASSWORD, Cast
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post(LOGIN, {"login": email, "password": password}, **more)


def trail() -> list[str]:
    return list(AuditRow.objects.order_by("seq").values_list("action", flat=True))


def test_a_nurse_signs_in_and_out_and_both_are_in_the_trail(client: Client, cast: Cast) -> None:
    assert sign_in(client, "Nora.Nurse@clinic.example").status_code == 302
    assert client.get("/clinic/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/clinic/").status_code == 302
    rows = AuditRow.objects.filter(action__in=["signed_in", "signed_out"]).order_by("seq")
    assert [(row.action, row.account_id, row.clinic_id) for row in rows] == [
        (action, cast.nurse.pk, cast.clinic.pk) for action in ("signed_in", "signed_out")
    ]
    assert rows[0].detail == {"address": "127.0.0.1", "second_factor": False}


@pytest.mark.parametrize("email", ["nora.nurse@clinic.example", "nobody@clinic.example"])
def test_a_wrong_password_says_the_same_for_everybody(client: Client, cast: Cast, email: str) -> None:
    answer = sign_in(client, email, "wrong")
    assert "E-mail or password is not right." in answer.content.decode()
    assert trail() == ["sign_in_failed"]


def test_the_fifth_wrong_password_locks_this_account_from_this_address(client: Client, cast: Cast) -> None:
    for _ in range(4):
        assert sign_in(client, cast.nurse.email, "wrong").status_code == 200
    assert sign_in(client, cast.nurse.email, "wrong").status_code == 429
    assert sign_in(client, cast.nurse.email).status_code == 429
    assert trail().count("sign_in_failed") == 5
    assert "locked_out" in trail()
    # The nurse at another device, and everybody else at this one, go on working.
    assert sign_in(Client(), cast.nurse.email, REMOTE_ADDR="10.0.0.2").status_code == 302
    assert sign_in(Client(), cast.second_nurse.email).status_code == 302


def test_an_administrator_opens_a_locked_account_at_once(client: Client, cast: Cast) -> None:
    for _ in range(5):
        sign_in(client, cast.nurse.email, "wrong")
    people.open_account(actor_for(cast.administrator.pk, cast.clinic.pk), cast.nurse.pk)
    assert sign_in(client, cast.nurse.email).status_code == 302


def test_nobody_signs_up_alone(client: Client, cast: Cast) -> None:
    assert "made by an administrator" in client.get("/accounts/signup/").content.decode()
    given = {"email": "x@clinic.example", "password1": PASSWORD}
    client.post("/accounts/signup/", given)
    assert not type(cast.nurse).objects.filter(email="x@clinic.example").exists()


def test_after_sign_in_only_an_address_of_ours_is_followed(client: Client, cast: Cast) -> None:
    assert sign_in(client, cast.nurse.email, QUERY_STRING="next=/clinic/duty/")["Location"] == "/clinic/duty/"
    for elsewhere in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = Client().post(LOGIN, {"login": cast.nurse.email, "password": PASSWORD, "next": elsewhere})
        assert answer["Location"] == "/"


def test_who_belongs_to_no_clinic_does_not_come_in(client: Client, cast: Cast) -> None:
    Membership.objects.filter(account=cast.nurse).update(active=False)
    assert sign_in(client, cast.nurse.email).status_code == 403
    assert "_auth_user_id" not in client.session


def test_a_role_taken_away_ends_the_open_session(client: Client, cast: Cast) -> None:
    client.force_login(cast.nurse)
    assert client.get("/clinic/").status_code == 200
    people.deactivate_person(actor_for(cast.administrator.pk, cast.clinic.pk), cast.nurse.pk)
    assert client.get("/clinic/")["Location"].startswith(LOGIN)


def test_a_new_code_ends_the_open_session(client: Client, cast: Cast) -> None:
    client.force_login(cast.nurse)
    people.renew_code(actor_for(cast.administrator.pk, cast.clinic.pk), cast.nurse.pk)
    assert client.get("/clinic/")["Location"].startswith(LOGIN)


def test_the_demos_one_press_sign_in_does_not_exist_in_a_clinic(client: Client, cast: Cast) -> None:
    assert not installed.DEMO
    with pytest.raises(NoReverseMatch):
        reverse("demo-sign-in")
    assert client.post("/accounts/demo/", {"account": str(cast.nurse.pk)}).status_code == 404
    assert "Demo accounts" not in client.get(LOGIN).content.decode()


def code_of(secret: str, at: float) -> str:
    """What an authenticator app shows at this moment."""
    return format_hotp_value(hotp_value(secret, int(at) // 30))


@pytest.fixture
def with_app(client: Client, cast: Cast, django_capture_on_commit_callbacks: Any) -> str:
    """The nurse has set up an authenticator app; its secret."""
    sign_in(client, cast.nurse.email)
    client.post("/accounts/confirm/", {"password": PASSWORD})
    secret = client.get("/accounts/factor/app/add/").context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post("/accounts/factor/app/add/", {"code": code_of(secret, time.time())})
    assert done.status_code == 302
    client.post("/accounts/logout/")
    return str(secret)


def test_a_second_factor_is_asked_after_the_password(client: Client, cast: Cast, with_app: str) -> None:
    assert sign_in(client, cast.nurse.email)["Location"] == "/accounts/factor/enter/"
    assert client.get("/clinic/").status_code == 302
    wrong = client.post("/accounts/factor/enter/", {"code": "000000"})
    assert wrong.status_code == 200
    assert "sign_in_failed" in trail()
    # The code that set the app up is spent; the next one counts already.
    answer = client.post("/accounts/factor/enter/", {"code": code_of(with_app, time.time() + 30)})
    assert answer.status_code == 302
    assert client.get("/clinic/").status_code == 200
    assert AuditRow.objects.filter(action="signed_in").latest("seq").detail["second_factor"] is True


def test_a_recovery_code_works_once(client: Client, cast: Cast, with_app: str) -> None:
    codes = Authenticator.objects.get(user=cast.nurse, type="recovery_codes").wrap().get_unused_codes()
    for works in (True, False):
        sign_in(client, cast.nurse.email)
        client.post("/accounts/factor/enter/", {"code": codes[0]})
        assert (client.get("/clinic/").status_code == 200) is works
        client.post("/accounts/logout/")


def test_the_secret_of_an_app_is_sealed_in_the_database(cast: Cast, with_app: str) -> None:
    held = Authenticator.objects.get(user=cast.nurse, type="totp")
    assert with_app not in str(held.data)
    assert isinstance(held.wrap(), TOTP)
    assert {"second_factor_added"} <= set(trail())


def test_a_lost_second_factor_is_removed_by_an_administrator(client: Client, cast: Cast, with_app: str) -> None:
    people.remove_second_factor(actor_for(cast.administrator.pk, cast.clinic.pk), cast.nurse.pk)
    assert sign_in(client, cast.nurse.email)["Location"] == "/"


def test_changing_how_one_signs_in_asks_the_password_again(client: Client, cast: Cast, travel: Traveller) -> None:
    client.force_login(cast.nurse)
    assert client.get("/accounts/factor/app/add/")["Location"].startswith("/accounts/confirm/")
    answer = client.post("/accounts/confirm/?next=/accounts/factor/", {"password": PASSWORD})
    assert answer["Location"] == "/accounts/factor/"
    assert client.get("/accounts/factor/app/add/").status_code == 200


def test_changing_the_password_needs_the_old_one_and_is_in_the_trail(client: Client, cast: Cast) -> None:
    sign_in(client, cast.nurse.email)
    new = "another long pass phrase"
    client.post("/accounts/password/", {"oldpassword": "wrong", "password1": new, "password2": new})
    assert "password_changed" not in trail()
    client.post("/accounts/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert "password_changed" in trail()
    assert sign_in(Client(), cast.nurse.email, new).status_code == 302


def test_the_first_password_is_set_on_its_page(client: Client, cast: Cast) -> None:
    made = people.invite_person(
        actor_for(cast.administrator.pk, cast.clinic.pk), "mia@clinic.example", "Mia", ["nurse"]
    )
    assert made.invitation is not None
    given = {
        "email": "mia@clinic.example",
        "code": made.invitation.code,
        "password": PASSWORD,
        "again": "different one",
    }
    assert "differ" in client.post("/accounts/first-password/", given).content.decode()
    assert client.post("/accounts/first-password/", given | {"again": PASSWORD})["Location"] == LOGIN
    assert sign_in(client, "mia@clinic.example").status_code == 302
    assert client.post("/accounts/first-password/", given | {"again": PASSWORD}).status_code == 422
