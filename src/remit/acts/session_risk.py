"""A risky answer at the chair becomes the same task as one that was given anywhere else: an owner, a clock, escalation.

A total holds no answer on suicide. Where only a total was entered, that is said, and somebody is to ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid5

from remit.acts import risk
from remit.acts.assessments import alert_words, alerts_of
from remit.acts.session_record import Loaded
from remit.pathway.entries import AdverseEvent, Check, Entry, Result, ScaleRated
from remit.pathway.safety import SessionRules
from remit.pathway.scoring import Score, score_total
from remit.records.models import Task

CHAIR = "session"
"""How a risky answer was given that stands in a session's entries."""


@dataclass(frozen=True, slots=True)
class _Risk:
    """What an entry says of suicide: its alerts, in words, and which items it leaves unknown."""

    id: str
    words: str
    alerts: tuple[dict[str, Any], ...] = ()
    unknown: tuple[int, ...] = ()
    is_scale: bool = False


def follow_risk(loaded: Loaded, entry: Entry, at: datetime) -> tuple[str, ...]:
    """Open the task that an accepted entry, or what a correction put in its place, asks for; said in words."""
    said, before = _standing(loaded, entry)
    found, known = (_risk(one, loaded.plan.rules) if one else None for one in (said, before))
    if found is None:
        return ()
    if known is None or known.id != found.id:
        known = _Risk(found.id, "")
    fresh = [alert for alert in found.alerts if alert not in known.alerts]
    patient, root = loaded.row.patient, uuid5(loaded.row.pk, found.id)
    detail = {"mode": CHAIR, "n": loaded.row.n, **({"scale": found.id} if found.is_scale else {})}
    if fresh:
        return (_told(risk.open_risk_task(patient, root, found.words, fresh, at, **detail)),)
    if not found.unknown or found.unknown == known.unknown:
        return ()
    words = f"{found.id} item {', '.join(map(str, found.unknown))} is not known, ask"
    return (_told(risk.open_left_out_task(patient, root, words, at, **detail)),)


def _standing(loaded: Loaded, entry: Entry) -> tuple[Entry, Entry | None]:
    """What stands in the record now, and what stood there before a correction."""
    replaces = loaded.session.records[-1].decision.replaces
    if replaces is None:
        return entry, None
    root, now = replaces
    return now, loaded.session.replaced[root][-1][1]


def _risk(entry: Entry, rules: SessionRules) -> _Risk | None:
    match entry:
        case ScaleRated(id=id) if not rules.watched(id):
            return _of_scale(score_total(rules.scales[id], entry.total, entry.answers))
        case Check(id=id, result=Result.FAILED) if id in rules.risk_checks:
            return _of_sign(id, "answered failed")
        case AdverseEvent(id=id) if id in rules.risk_events:
            return _of_sign(id, "at the chair")
    return None


def _of_scale(held: Score) -> _Risk:
    alerts = tuple(alerts_of(held))
    return _Risk(held.scale_id, alert_words(held.scale_id, alerts), alerts, held.alert_items_missing, is_scale=True)


def _of_sign(id: str, said: str) -> _Risk:
    words, alert = risk.sign(id, said)
    return _Risk(id, words, (alert,))


def _told(task: Task) -> str:
    return f"{task.subject}: a task is open for {risk.waits_for(task)}"
