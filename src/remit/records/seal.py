"""One text for one value, and its digest: what the audit trail chains and seals."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models


def canonical(value: Any) -> str:
    """A value as the one JSON text that both databases give back.

    >>> canonical({"b": 56.0, "a": [None, True]})
    '{"a":[null,true],"b":56}'
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: Any) -> str:
    """SHA-256 of a value's canonical text, in hexadecimal."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def columns(row: models.Model) -> dict[str, Any]:
    """Every column of a row, with the value that the database gives back."""
    return {field.attname: _column(field, row) for field in row._meta.concrete_fields}


def row_seal(row: models.Model) -> str:
    """A digest over every column of a stored row that holds something.

    Empty columns are left out, so that a later version may add a column that is null in older rows.
    """
    held = {name: value for name, value in columns(row).items() if value is not None}
    return urlsafe_b64encode(hashlib.sha256(canonical(held).encode()).digest()).decode().rstrip("=")


def _column(field: models.Field, row: models.Model) -> Any:
    value = getattr(row, field.attname)
    if isinstance(field, models.JSONField):
        return value
    return (field.target_field if isinstance(field, models.ForeignKey) else field).to_python(value)


def _plain(value: Any) -> Any:
    # Most of what a record holds is text or a number already, and is asked for first.
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, dict | Mapping):
        return {str(key): _plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        held = [_plain(member) for member in value]
        return sorted(held) if isinstance(value, set | frozenset) else held
    # A database may give 56.0 back as 56: one number, one text.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return _text(value)


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value
