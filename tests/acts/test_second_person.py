"""A second person is somebody else, says so with the own password, and cannot be guessed."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from axes.models import AccessAttempt
from django.test import RequestFactory

from remit.acts.actors import Actor, Refused, actor_for
from remit.acts.core import ACTS, act
from remit.acts.rights import may_prescribe
from remit.acts.second_person import SecondPerson, confirm_second, require_second
from remit.records.models import Account, AuditRow, Membership, Role
from tests.fixtures.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db

PRESCRIBERS = (Role.PRESCRIBER,)


def acting(cast: Cast, account: Account) -> Actor:
    return actor_for(account.pk, cast.clinic.pk)


def confirmed(cast: Cast, by: Account, password: str = PASSWORD, **options: object) -> SecondPerson:
    return confirm_second(acting(cast, cast.psychiatrist), by.email, password, PRESCRIBERS, **options)


def test_another_prescriber_with_the_own_password_is_the_second_person(cast: Cast) -> None:
    second = confirmed(cast, cast.second_prescriber)
    assert (second.account_id, second.clinic_id) == (cast.second_prescriber.pk, cast.clinic.pk)
    assert require_second("x", acting(cast, cast.psychiatrist), second, PRESCRIBERS) is second
    row = AuditRow.objects.last()
    assert row is not None
    assert (row.action, row.account_id, row.detail) == (
        "second_person",
        cast.second_prescriber.pk,
        {"beside": str(cast.psychiatrist.pk)},
    )


def test_spaces_and_capitals_in_the_address_do_not_matter(cast: Cast) -> None:
    email = f" {cast.second_prescriber.email.upper()} "
    assert confirm_second(acting(cast, cast.psychiatrist), email, PASSWORD, PRESCRIBERS)


def test_the_first_person_is_not_the_second(cast: Cast) -> None:
    with pytest.raises(Refused, match="another account"):
        confirmed(cast, cast.psychiatrist)


def test_a_wrong_password_is_refused_counted_and_in_the_trail(cast: Cast) -> None:
    with pytest.raises(Refused, match="e-mail or password is not right"):
        confirmed(cast, cast.second_prescriber, "wrong")
    assert AccessAttempt.objects.get().failures_since_start == 1
    assert [row.action for row in AuditRow.objects.all()] == ["sign_in_failed"]


def test_an_unknown_address_says_no_more_than_a_wrong_password(cast: Cast) -> None:
    with pytest.raises(Refused, match="e-mail or password is not right"):
        confirm_second(acting(cast, cast.psychiatrist), "nobody@clinic.example", PASSWORD, PRESCRIBERS)


def test_too_many_wrong_passwords_close_the_account_also_for_the_right_one(cast: Cast, settings: Any) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        with pytest.raises(Refused):
            confirmed(cast, cast.second_prescriber, "wrong")
    with pytest.raises(Refused, match="closed for 15 minutes"):
        confirmed(cast, cast.second_prescriber)


def test_the_count_of_failures_keeps_nothing_of_the_form(cast: Cast) -> None:
    form = {"reason": "her aneurysm was clipped", "second_password": "wrong"}
    request = RequestFactory().post("/candidate/", form, REMOTE_ADDR="192.0.2.7")
    with pytest.raises(Refused):
        confirmed(cast, cast.second_prescriber, "wrong", request=request)
    attempt = AccessAttempt.objects.get()
    assert (attempt.post_data, attempt.ip_address, attempt.path_info) == ("", "192.0.2.7", "/candidate/")
    assert not getattr(request, "axes_locked_out", False)


@pytest.mark.parametrize("who", ["nurse", "administrator", "other_nurse"])
def test_who_is_no_prescriber_here_is_refused_by_name(cast: Cast, who: str) -> None:
    account = getattr(cast, who)
    with pytest.raises(Refused, match=f"must be a prescriber of this clinic; {account} is not"):
        confirmed(cast, account)
    row = AuditRow.objects.last()
    assert row is not None
    assert row.detail["refused"]


def test_a_prescriber_of_another_clinic_is_none_here(cast: Cast) -> None:
    Membership.objects.create(account=cast.other_nurse, clinic=cast.other_clinic, role=Role.PRESCRIBER)
    with pytest.raises(Refused, match="of this clinic"):
        confirmed(cast, cast.other_nurse)


@pytest.mark.parametrize(("email", "password"), [("", PASSWORD), ("amir.anaesthetist@clinic.example", "")])
def test_both_address_and_password_are_needed(cast: Cast, email: str, password: str) -> None:
    with pytest.raises(Refused, match="own e-mail and password are needed"):
        confirm_second(acting(cast, cast.psychiatrist), email, password, PRESCRIBERS)
    assert not AccessAttempt.objects.exists()


def test_an_act_accepts_nobody_who_did_not_confirm(cast: Cast) -> None:
    first, unsigned = acting(cast, cast.psychiatrist), acting(cast, cast.second_prescriber)
    for second in (None, unsigned):
        with pytest.raises(Refused, match="a prescriber of this clinic who confirms here"):
            require_second("x", first, second, PRESCRIBERS)


def test_a_second_person_beside_somebody_else_is_not_ones_own_second(cast: Cast) -> None:
    second = confirmed(cast, cast.second_prescriber)
    with pytest.raises(Refused, match="another account"):
        require_second("x", acting(cast, cast.second_prescriber), second, PRESCRIBERS)


def test_inside_an_act_nobody_is_confirmed(cast: Cast) -> None:
    @act("test_confirming", right=may_prescribe)
    def confirming(actor: Actor) -> None:
        confirmed(cast, cast.second_prescriber)

    try:
        with pytest.raises(RuntimeError, match="before the act"):
            confirming(acting(cast, cast.psychiatrist))
    finally:
        del ACTS["test_confirming"]


@pytest.fixture
def app(cast: Cast) -> str:
    """The second prescriber has an authenticator app and recovery codes; the app's secret."""
    secret = generate_totp_secret()
    TOTP.activate(cast.second_prescriber, secret)
    return secret


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def test_an_account_with_a_second_factor_shows_it_too(cast: Cast, app: str) -> None:
    with pytest.raises(Refused, match="a one-time code of its app is needed beside the password"):
        confirmed(cast, cast.second_prescriber)
    assert confirmed(cast, cast.second_prescriber, code=code_of(app))
    row = AuditRow.objects.last()
    assert row is not None
    assert row.detail["second_factor"] == "totp"


def test_a_code_signs_once(cast: Cast, app: str) -> None:
    code = code_of(app)
    assert confirmed(cast, cast.second_prescriber, code=code)
    with pytest.raises(Refused, match="used before"):
        confirmed(cast, cast.second_prescriber, code=code)


def test_a_recovery_code_signs_once(cast: Cast, app: str) -> None:
    code = RecoveryCodes.activate(cast.second_prescriber).get_unused_codes()[0]
    assert confirmed(cast, cast.second_prescriber, code=f" {code} ")
    with pytest.raises(Refused, match="one-time code is not right"):
        confirmed(cast, cast.second_prescriber, code=code)


@pytest.mark.parametrize("code", ["000000", "\u0663\u0664", "\x00", "9" * 5000, "💊"])
def test_a_wrong_code_is_refused_counted_and_in_the_trail(cast: Cast, app: str, code: str) -> None:
    with pytest.raises(Refused, match="one-time code is not right"):
        confirmed(cast, cast.second_prescriber, code=code)
    assert AccessAttempt.objects.get().failures_since_start == 1
    assert [row.action for row in AuditRow.objects.all()] == ["sign_in_failed"]


def test_too_many_wrong_codes_close_the_account_also_for_the_right_one(cast: Cast, app: str, settings: Any) -> None:
    for n in range(settings.AXES_FAILURE_LIMIT):
        with pytest.raises(Refused, match="closed" if n + 1 == settings.AXES_FAILURE_LIMIT else "not right"):
            confirmed(cast, cast.second_prescriber, code="000000")
    with pytest.raises(Refused, match="closed for 15 minutes"):
        confirmed(cast, cast.second_prescriber, code=code_of(app))


def test_who_has_no_second_factor_is_asked_for_none(cast: Cast) -> None:
    RecoveryCodes.activate(cast.second_prescriber)
    assert confirmed(cast, cast.second_prescriber)
    assert confirmed(cast, cast.second_prescriber, code="typed all the same")
