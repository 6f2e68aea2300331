"""The records as a Django application."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class RecordsConfig(AppConfig):
    """Everything a clinic stores."""

    name = "remit.records"
    label = "records"
    verbose_name = "Records"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from remit.records import checks  # noqa: F401

        post_migrate.connect(_put_triggers_in_place, sender=self)


def _put_triggers_in_place(using: str, plan: list[Any] | None = None, **_: Any) -> None:
    from remit.records.triggers import install_triggers

    install_triggers(connections[using])
