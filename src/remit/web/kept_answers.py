"""What somebody answered by link and has not sent: sealed in a cookie of that link's own path, on that device alone."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "remit_answers"


@dataclass(slots=True)
class Kept:
    """The answers so far by item (null: left out on purpose), those that are not scored, and whether they were sent."""

    answers: dict[int, int | None] = field(default_factory=dict)
    unscored: dict[str, str] = field(default_factory=dict)
    sent: bool = False

    def in_order(self, length: int) -> tuple[int | None, ...]:
        """An answer for each item; one that was not reached is as missing as one that was left out."""
        return tuple(self.answers.get(n) for n in range(1, length + 1))

    def first_open(self, length: int) -> int | None:
        """The first item that was neither answered nor left out."""
        return next((n for n in range(1, length + 1) if n not in self.answers), None)


def read(request: HttpRequest, token: str) -> Kept:
    """What this device holds for this link; nothing where there is nothing, or where it was tampered with."""
    sealed = request.COOKIES.get(COOKIE, "")
    try:
        held: dict[str, Any] = json.loads(_cipher(token).decrypt(sealed.encode()))
        answers = {int(n): value for n, value in held["answers"].items()}
        return Kept(answers, dict(held["unscored"]), bool(held["sent"]))
    except (InvalidToken, ValueError, KeyError):
        return Kept()


def write(response: HttpResponse, request: HttpRequest, token: str, path: str, kept: Kept, until: datetime) -> None:
    """Keep the answers on this device, as long as the link works."""
    held = {"answers": kept.answers, "unscored": kept.unscored, "sent": kept.sent}
    sealed = _cipher(token).encrypt(json.dumps(held).encode()).decode()
    response.set_cookie(
        COOKIE, sealed, expires=until, path=path, secure=request.is_secure(), httponly=True, samesite="Lax"
    )


def _cipher(token: str) -> Fernet:
    secret = HKDF(SHA256(), 32, salt=token.encode(), info=b"remit answers by link").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(secret))
