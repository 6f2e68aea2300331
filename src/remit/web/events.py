"""Sign-ins and what changes them, heard from Django, allauth and axes and put in the audit trail."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import Signal
from django.http import HttpRequest

from remit.acts import signin
from remit.web.sign_in import attempted_email, client_address


def _signed_in(request: HttpRequest, user: Any, **_: Any) -> None:
    signin.signed_in(user.pk, client_address(request), second_factor=_by_second_factor(request))


def _signed_out(request: HttpRequest, user: Any, **_: Any) -> None:
    if user is not None:
        signin.signed_out(user.pk, client_address(request))


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    # While locked out nothing is tried: axes counts no failure, and the lock-out itself is in the trail.
    refused = getattr(request, "axes_locked_out", False) and getattr(request, "axes_failures_since_start", None) is None
    if request is not None and not refused:
        signin.sign_in_failed(attempted_email(request, credentials), client_address(request))


def _locked_out(request: HttpRequest, username: str, **_: Any) -> None:
    signin.locked_out(username or "", client_address(request))


def _factor_failed(request: HttpRequest, user: Any, authenticator: Any, **_: Any) -> None:
    signin.sign_in_failed(user.email, client_address(request), by=str(authenticator.type))


def _password_changed(request: HttpRequest, user: Any, **_: Any) -> None:
    signin.sign_in_changed(user.pk, "password_changed", client_address(request))


def _factor_added(request: HttpRequest, user: Any, authenticator: Any, **_: Any) -> None:
    signin.sign_in_changed(user.pk, "second_factor_added", client_address(request), authenticator.type)


def _factor_removed(request: HttpRequest, user: Any, authenticator: Any, **_: Any) -> None:
    signin.sign_in_changed(user.pk, "second_factor_removed", client_address(request), authenticator.type)


def _codes_renewed(request: HttpRequest, user: Any, authenticator: Any, **_: Any) -> None:
    signin.sign_in_changed(user.pk, "recovery_codes_renewed", client_address(request), authenticator.type)


def _by_second_factor(request: HttpRequest) -> bool:
    methods = request.session.get("account_authentication_methods", [])
    return any(method.get("method") == "mfa" for method in methods)


HEARD: tuple[tuple[Signal, Any], ...] = (
    (user_logged_in, _signed_in),
    (user_logged_out, _signed_out),
    (user_login_failed, _failed),
    (user_locked_out, _locked_out),
    (authentication_failed, _factor_failed),
    (password_changed, _password_changed),
    (authenticator_added, _factor_added),
    (authenticator_removed, _factor_removed),
    (authenticator_reset, _codes_renewed),
)


def listen() -> None:
    """Hear every sign-in event from now on."""
    for signal, heard in HEARD:
        signal.connect(heard, dispatch_uid=f"remit:{heard.__name__}")
