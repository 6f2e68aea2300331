"""What somebody typed and has not sent: kept for that account alone, also on a shared tablet.

Drafts are saved while one types. They are no part of the record until they are sent, and only that is in the trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from remit.acts.actors import Actor, Refused
from remit.acts.clock import now
from remit.acts.core import act
from remit.acts.rights import may_keep_draft
from remit.quantities import BadInput
from remit.records.models import Draft

MOST_SIGNS = 200_000
LONGEST_KEY = 200
_SECRET = ("password", "csrf", "token", "secret", "code", "credential")
"""Fields whose names hold one of these are never kept."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as the page gets it back: what each field held, and since when."""

    key: str
    body: dict[str, list[str]]
    at: datetime


def keep_draft(actor: Actor, key: str, body: Mapping[str, Any]) -> None:
    """Keep what was typed under this key, in place of what was kept there before."""
    _check_right(actor, "keep_draft")
    _check_key(key)
    held = _plain(body)
    if sum(len(value) for values in held.values() for value in values) > MOST_SIGNS:
        raise BadInput(f"draft: at most {MOST_SIGNS} signs are kept")
    Draft.objects.update_or_create(
        clinic_id=actor.here, account_id=actor.me, key=key, defaults={"body": held, "updated_at": now()}
    )


@act("read_draft", right=may_keep_draft, reads=True, audited=False)
def read_draft(actor: Actor, key: str) -> Kept | None:
    """What this account typed under this key and did not send."""
    found = _own(actor, key).first()
    return Kept(found.key, found.body, found.updated_at) if found else None


def drop_draft(actor: Actor, key: str) -> None:
    """Forget what was kept under this key: it was sent, or is not wanted."""
    _check_right(actor, "drop_draft")
    _own(actor, key).delete()


def _check_right(actor: Actor, action: str) -> None:
    if not may_keep_draft.test(actor, None):
        raise Refused(action, ["Only an account of this clinic keeps drafts."])


def _own(actor: Actor, key: str) -> QuerySet[Draft]:
    return Draft.objects.filter(clinic_id=actor.here, account_id=actor.me, key=key)


def _check_key(key: str) -> None:
    if not 0 < len(key) <= LONGEST_KEY:
        raise BadInput(f"draft key: 1 to {LONGEST_KEY} signs are needed, not {len(key)}")


def _plain(body: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        _text(name): [_text(value) for value in (values if isinstance(values, list) else [values])]
        for name, values in body.items()
        if not str(name).startswith("_") and not any(word in str(name).lower() for word in _SECRET)
    }


def _text(value: Any) -> str:
    """As any database takes it: without the sign of no meaning and without half signs."""
    return str(value).replace("\0", "").encode(errors="replace").decode()
