"""The code with which a new person sets the first password: shown once, works once, kept nowhere.

It is computed from the account, its present (unusable) password and the day it was issued, so setting a password
spends it, and a new code takes the place of an old one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from remit.acts import audit
from remit.acts.audit import Happening
from remit.acts.clock import now
from remit.acts.settings import default
from remit.quantities import BadInput
from remit.records.models import Account

_SIGNS = 16


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code for one account, and the last day on which it works."""

    email: str
    name: str
    code: str
    until: date


def issue(account: Account) -> Invitation:
    """A new code for this account, whose password and open sessions end with it."""
    account.set_unusable_password()
    account.save(update_fields=["password"])
    today = now().date()
    return Invitation(account.email, str(account), _code(account, today), today + timedelta(days=_days()))


def accept(email: str, code: str, password: str, address: str) -> None:
    """Set the first password with a code.

    Raises `BadInput` for a wrong or old code, `ValidationError` for a weak password.
    """
    with transaction.atomic():
        account = Account.objects.select_for_update().filter(email=email.strip().lower(), is_active=True).first()
        if account is None or not _valid(account, code):
            raise BadInput("code: it does not belong to this e-mail address, was used, or is older than "
                           f"{_days()} days; an administrator issues a new one")  # fmt: skip
        validate_password(password, account)
        account.set_password(password)
        account.save(update_fields=["password"])
        audit.append([
            Happening("password_set_by_code", account.pk, None, "account", str(account.pk), detail={"address": address})
        ])  # fmt: skip


def _valid(account: Account, code: str) -> bool:
    given = "".join(sign for sign in code.upper() if sign.isascii() and sign.isalnum())
    if account.has_usable_password():
        return False
    days = [now().date() - timedelta(days=ago) for ago in range(_days() + 1)]
    return any(hmac.compare_digest(given, _code(account, day).replace("-", "")) for day in days)


def _code(account: Account, day: date) -> str:
    message = f"first password:{account.pk}:{account.password}:{day.isoformat()}".encode()
    made = hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).digest()
    signs = base64.b32encode(made).decode()[:_SIGNS]
    return "-".join(signs[at : at + 4] for at in range(0, _SIGNS, 4))


def _days() -> int:
    return int(default("first_password_code_works"))
