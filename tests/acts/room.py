"""A clinic's room for tests: several people at chairs, each with a session of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from remit.records.models import Session
from tests.acts.sessions import SPRAVATO, START, Chairside, booked
from tests.fixtures.cast import Cast, patient_of


def seat(
    cast: Cast,
    name: str,
    protocol_id: str = SPRAVATO,
    *,
    mg: float | None = 56,
    n: int = 1,
    chair: int | None = 0,
    **session: Any,
) -> Chairside:
    """Somebody of this name with a session today, at a chair with the nurse unless `chair` is null."""
    person = patient_of(cast.clinic, cast.coordinator, f"R-{name}", name, "Paula")
    held = booked(replace(cast, patient=person), protocol_id, mg=mg, n=n)
    change: dict[str, Any] = {"planned_at": START} | session
    if chair is not None:
        change |= {"chair_id": cast.chairs[chair % len(cast.chairs)].pk, "nurse_id": cast.nurse.pk}
    Session.objects.filter(pk=held.session.pk).update(**change)
    held.session.refresh_from_db()
    return held


def sprayed(held: Chairside) -> Chairside:
    """Through the gate, and both devices given at minute 1 and 6."""
    held.through_the_gate()
    held.accepted(("device", {"mg": 28, "lot": "A1", "at": 1}), ("device", {"mg": 28, "lot": "A1", "at": 6}))
    return held


def vitals(held: Chairside, at: float, systolic: int = 128, diastolic: int = 82, **more: Any) -> None:
    """One vital set."""
    values = {"systolic": systolic, "diastolic": diastolic, "heart_rate": 74, "spo2": 98, **more}
    held.accepted(("vitals", {**values, "at": at}))


def room(cast: Cast, count: int, name: str = "Person") -> list[Chairside]:
    """So many people under observation at one time."""
    found = [sprayed(seat(cast, f"{name}{k}", chair=k)) for k in range(count)]
    for held in found:
        vitals(held, 20)
    return found


def minute(at: float) -> Any:
    """A moment so many minutes after the start."""
    return START + timedelta(minutes=at)
