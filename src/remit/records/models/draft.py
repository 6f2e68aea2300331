"""What somebody typed and has not sent: theirs alone, also on a shared tablet."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from remit.records.models.base import Row


class Draft(Row):
    """Unsent input of one account under one key (a page and its field)."""

    account = models.ForeignKey("records.Account", models.CASCADE, related_name="drafts")
    key = models.CharField(max_length=200)
    body = models.JSONField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "clinic", "key"], name="one_draft_a_key")]
