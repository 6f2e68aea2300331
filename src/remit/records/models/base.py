"""What every stored row shares: a clinic it belongs to, and for most, that it is never changed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any, ClassVar, Self

from django.db import models

kept_listener: ContextVar[Callable[[Iterable[models.Model]], None] | None] = ContextVar("kept_listener", default=None)
"""Told of every append-only row that is stored, so that the act under way can seal it in the audit trail."""


class NeverChanged(TypeError):
    """An append-only row was about to be changed or deleted; a correction is a new row."""


class Row(models.Model):
    """A row that belongs to one clinic and is addressed by a random id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey("records.Clinic", models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Reads and adds; says early what the database's triggers would refuse."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise NeverChanged(f"{self.model.__name__}: rows are added, never changed or deleted")

    update = delete = bulk_update = update_or_create = _refuse

    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> list[Any]:
        """Add many rows at once; they are sealed like single ones."""
        if options.get("update_conflicts") or options.get("ignore_conflicts"):
            self._refuse()
        stored = super().bulk_create(objs, *args, **options)
        _tell(stored)
        return stored


class AppendOnlyMixin(models.Model):
    """A row that can be added and never changed; the database's own triggers refuse the rest."""

    append_only: ClassVar[bool] = True

    objects: ClassVar[Any] = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise NeverChanged(f"{type(self).__name__}: rows are added, never changed or deleted")
        super().save(*args, **(options | {"force_insert": True}))
        _tell([self])

    def delete(self, *args: Any, **options: Any) -> Any:
        raise NeverChanged(f"{type(self).__name__}: rows are added, never changed or deleted")


class AppendOnly(AppendOnlyMixin, Row):
    """An append-only row of a clinic."""

    class Meta:
        abstract = True


class _NotReplaced(models.Func):
    """True of a row that no later row replaced.

    Asked row by row, by SQLite, too: it joins through and through once it knows that hardly any row was replaced.
    Written out, for this is asked several times a page and Django's own `Exists` takes twice as long to say the same.
    """

    template = "NOT EXISTS (SELECT 1 FROM %(table)s later WHERE later.supersedes_id = %(expressions)s)"
    output_field = models.BooleanField()


class RevisableQuerySet(AppendOnlyQuerySet):
    """Rows of which a later one may take the place of an earlier."""

    def current(self) -> Self:
        """What holds now: rows that no later row replaced and that were not withdrawn."""
        return self.filter(_NotReplaced("pk", table=self.model._meta.db_table), withdrawn=False)


class Superseding(AppendOnly):
    """A row that is corrected by a new row naming the old one; both stay.

    To correct: add a row with `supersedes` and a `reason`. To take back: the same with `withdrawn`.
    """

    at = models.DateTimeField()
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")
    withdrawn = models.BooleanField(default=False)
    reason = models.TextField(blank=True, default="")

    objects: ClassVar[Any] = RevisableQuerySet.as_manager()

    class Meta:
        abstract = True


class Revisable(Superseding):
    """A superseding row that an account of the clinic entered."""

    by = models.ForeignKey("records.Account", models.PROTECT, related_name="+")

    class Meta:
        abstract = True


def _tell(rows: Iterable[models.Model]) -> None:
    listener = kept_listener.get()
    if listener is not None:
        listener(rows)
