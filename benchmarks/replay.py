"""How long a session takes to replay and to look at, against reading its entries from JSON alone."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from remit.knowledge import protocols, safety
from remit.pathway.entry_reading import read_entry
from remit.pathway.session import SessionPlan, replay, view
from remit.quantities import Milligrams

START = datetime(2026, 11, 21, 14, tzinfo=UTC)
REPEATS = 15


def written(readings: int) -> list[dict[str, Any]]:
    """A spray session with this many vital sets, as the record keeps it."""
    checks = ("escort", "rems_enrolment", "fasting_spravato", "med_changes", "cssrs_since_last_visit")
    held: list[dict[str, Any]] = [{"kind": "arrived", "by": "nurse"}]
    held += [{"kind": "check", "by": "nurse", "id": id, "result": "confirmed"} for id in checks]
    held += [
        _vitals(128, 82),
        {"kind": "scale", "by": "nurse", "id": "MOAAS", "total": 5},
        {"kind": "cleared", "by": "prescriber"},
    ]
    held += [{"kind": "device", "by": "nurse", "mg": 28, "lot": "A1"}] * 2
    timed = [row | {"at": (START + timedelta(minutes=5 * n)).isoformat()} for n, row in enumerate(held)]
    first = START + timedelta(minutes=5 * len(timed))
    step = timedelta(minutes=100) / readings
    return timed + [_vitals(130 + n % 7, 80 + n % 5) | {"at": (first + step * n).isoformat()} for n in range(readings)]


def _vitals(systolic: int, diastolic: int) -> dict[str, Any]:
    return {"kind": "vitals", "by": "nurse", "systolic": systolic, "diastolic": diastolic, "heart_rate": 74, "spo2": 98}


def milliseconds(work: Callable[[], object]) -> float:
    """The median CPU time of a call."""
    spent = []
    for _ in range(REPEATS):
        before = time.process_time_ns()
        work()
        spent.append((time.process_time_ns() - before) / 1e6)
    return statistics.median(spent)


def main() -> None:
    """Print both sizes."""
    plan = SessionPlan(protocols.protocol("in_esketamine_us_trd"), safety.rules(), Milligrams(56))
    print(f"{'entries':>8} {'read JSON ms':>13} {'replay ms':>10} {'view ms':>8} {'replay / JSON':>14}")
    for readings in (9, 489):
        rows = written(readings)
        text = json.dumps(rows)
        entries = [read_entry(row) for row in rows]
        session = replay(plan, entries)
        asof = entries[-1].at
        assert all(record.decision.accepted for record in session.records)
        read = milliseconds(lambda text=text: json.loads(text))
        folded = milliseconds(lambda entries=entries: replay(plan, entries))
        seen = milliseconds(lambda session=session, asof=asof: view(session, asof))
        print(f"{len(rows):8} {read:13.3f} {folded:10.2f} {seen:8.2f} {folded / read:14.1f}")


if __name__ == "__main__":
    main()
