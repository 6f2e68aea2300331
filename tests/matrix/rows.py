"""One plausible row of any table, in a clinic and about a patient, made from what the table itself demands."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.db import models

from remit.records.models import Account, Clinic, Patient
from tests.fixtures.candidates import IV

MOMENT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
KNOWN: dict[str, Any] = {
    "protocol_id": IV,
    "scale_id": "PHQ9",
    "country": "US",
    "molecule": "ketamine",
    "route": "intravenous",
    "drug": "sertraline",
    "indication": "mdd_trd",
    "strength_mg_per_ml": 50.0,
    "dose_mg": 41.0,
    "answers": [0] * 9,
    "findings": [],
    "alerts": [],
    "kind": "note",
    "knowledge_id": "monitor_clock",
}
"""What a page must be able to make sense of; everything else is as short as the table allows."""
LATER = ("ends", "expires_at", "due_at")


class Rows:
    """The rows of one clinic about one patient, each made once. `saved=False` makes them for rules only, not stored."""

    def __init__(self, clinic: Clinic, account: Account, patient: Patient, *given: models.Model, saved: bool = True):
        self.saved = saved
        self.held: dict[type[models.Model], models.Model] = {Clinic: clinic, Account: account, Patient: patient}
        self.held |= {type(row): row for row in given}

    def of(self, model: type[models.Model]) -> models.Model:
        """The row of this table."""
        if model not in self.held:
            self.held[model] = made = model(**dict(self._columns(model)))
            if self.saved:
                made.save()
        return self.held[model]

    def _columns(self, model: type[models.Model]) -> Any:
        for column in model._meta.concrete_fields:
            optional = column.null or column.has_default() or (column.blank and not column.is_relation)
            wanted = column.name in KNOWN or column.name in ("patient", "session", "course", "account", "owner")
            if not column.primary_key and (wanted or not optional):
                yield column.name, self._value(column)

    def _value(self, column: Any) -> Any:
        if column.is_relation:
            return self.of(column.related_model)
        if column.name in KNOWN:
            return KNOWN[column.name]
        if column.choices:
            return column.choices[0][0]
        return self._of_type(column)

    def _of_type(self, column: Any) -> Any:
        later = timedelta(days=1) if column.name in LATER else timedelta()
        plain: dict[type[models.Field[Any, Any]], Any] = {
            models.DateTimeField: MOMENT + later,
            models.DateField: date(2026, 11, 23),
            models.TimeField: time(18) if later else time(8),
            models.JSONField: {},
            models.BooleanField: True,
            models.UUIDField: uuid4(),
            models.CharField: uuid4().hex[: column.max_length] if column.unique else "x",
            models.TextField: "x",
        }
        return next((value for kind, value in plain.items() if isinstance(column, kind)), 1)
