"""Django's store of who is signed in at which browser; every page asks it first, so its query is compiled."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from remit.records.compiled import compiled_query


class SessionStore(db.SessionStore):
    """The same rows, found with less work."""

    def _get_session_from_db(self) -> Session | None:
        found = _open(self.session_key, timezone.now()) if self.session_key else []
        if not found:
            # Django's sign that the key is to be made anew.
            self._session_key = None
        return found[0] if found else None


@compiled_query
def _open(key: str, now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)
