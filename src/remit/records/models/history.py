"""Whose change a row history of settings and administration names."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any
from uuid import UUID

acting_account: ContextVar[UUID | None] = ContextVar("acting_account", default=None)
"""The account whose act is under way."""


def current_account(instance: Any, **_: Any) -> Any:
    """The account that the history of `instance` names, or none when the system itself changes it."""
    account_id = acting_account.get()
    if account_id is None:
        return None
    from remit.records.models.account import Account

    return Account.objects.filter(pk=account_id).first()
