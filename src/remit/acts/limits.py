"""How often something may be used in an hour: counted in the database, so that every process counts together."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac

from remit.records.models import UseCount

_KEPT = timedelta(days=1)


def within(what: str, who: str, most: int, at: datetime) -> bool:
    """Count one use; false once there were more than `most` in this hour."""
    key = _key(what, who)
    hour = at.replace(minute=0, second=0, microsecond=0)
    with transaction.atomic():
        held, _ = UseCount.objects.select_for_update().get_or_create(key=key, hour=hour)
        # Beyond the limit nothing is written, so a flood costs no more than a read.
        if held.count > most:
            return False
        held.count += 1
        held.save(update_fields=["count"])
    return held.count <= most


def forget_old(at: datetime) -> None:
    """Counts of past hours are of no use."""
    UseCount.objects.filter(hour__lt=at - _KEPT).delete()


def _key(what: str, who: str) -> str:
    # No address is kept, only what cannot be turned back without the installation's secret.
    return salted_hmac("remit use count", f"{what}:{who}", algorithm="sha256").hexdigest()
