"""Signing in, joined to allauth and axes: no sign-up, the second factor's secrets sealed, every event in the trail."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from remit.acts import signin


class Adapter(DefaultAccountAdapter):
    """Accounts are made by an administrator; who belongs to no clinic cannot come in."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "E-mail or password is not right.",
        "too_many_login_attempts": "Too many attempts. Wait, or ask an administrator to open the account.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: Any, **rest: Any) -> HttpResponse | None:
        if signin.standing(user) is None:
            return render(request, "account/account_inactive.html", status=403)
        return super().pre_login(request, user, **rest)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Failures are counted by axes, in the database; allauth's own count stays for second factors."""

    def reauthenticate(self, user: Any, password: str) -> bool:
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """allauth's own messages are not in the clinic's words, and the page says what happened."""


class Backend(AuthenticationBackend):
    """By e-mail and password, as allauth does it."""

    def get_user(self, user_id: UUID) -> Any:
        """The account of a request; null where it is gone or was closed."""
        account = signin.account(user_id)
        return account if account is not None and self.user_can_authenticate(account) else None


class LoginForm(AllauthLoginForm):
    """E-mail and password, nothing else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail"
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""
        self.fields.pop("remember", None)


class MFAAdapter(DefaultMFAAdapter):
    """Seals the second factor's secrets, so that a copy of the database does not hold them."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"remit second factor").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def client_address(request: HttpRequest) -> str:
    """Where the request comes from; behind a trusted proxy the server has already put the client's own address."""
    return str(request.META.get("REMOTE_ADDR") or "")


def attempted_email(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Which account somebody tries to enter, for the count of failures."""
    held = credentials or {}
    tried = held.get("email") or held.get("username") or request.POST.get("login") or ""
    known = getattr(request, "user", None)
    if not tried and known is not None and known.is_authenticated:
        tried = known.email
    return str(tried).strip().lower()


def locked_out(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    """The page that axes shows once there were too many failures."""
    minutes = settings.AXES_COOLOFF_TIME.total_seconds() / 60
    found = {"minutes": minutes, "limit": settings.AXES_FAILURE_LIMIT}
    return render(request, "sign_in/locked_out.html", found, status=429)
