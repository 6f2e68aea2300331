"""What the dialogs of a session's page offer: the rules' own lists and bounds, drawn once for all sessions.

Most dialogs are alike wherever the same rules hold. They are drawn with signs in place of what a page has for itself:
the account that types, the address of the session, and the id of each entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID, uuid4

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString

from remit.acts.chairside import ScaleAsked
from remit.pathway.entries import Severity
from remit.pathway.ledger import Act as VialAct
from remit.pathway.safety import SessionRules
from remit.quantities import Molecule

PAD = (("systolic", "Systolic"), ("diastolic", "Diastolic"), ("heart_rate", "Pulse"), ("spo2", "SpO₂"))
PAD_MORE = (("respiratory_rate", "Breaths"), ("temperature_c", "Temperature"))
_ACCOUNT, _ENTER, _CLIENT_ID = "[account]", "[enter]", "[client id]"


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The dialogs, parted where the id of an entry stands, and what they were drawn from."""

    rules: SessionRules
    scales: Sequence[ScaleAsked]
    parts: tuple[str, ...]


_KEPT: dict[tuple[bool, bool], _Drawn] = {}


def alike(
    rules: SessionRules, scales: Sequence[ScaleAsked], *, spray: bool, is_prescriber: bool, account: UUID, enter: str
) -> SafeString:
    """The dialogs that know nothing of the session but its rules; each entry has an id of its own."""
    held = _KEPT.get((spray, is_prescriber))
    if held is None or held.rules is not rules or held.scales != scales:
        held = _KEPT[spray, is_prescriber] = _Drawn(rules, scales, _draw(rules, scales, spray, is_prescriber))
    ids = (str(uuid4()) for _ in held.parts[1:])
    whole = held.parts[0] + "".join(chain.from_iterable(zip(ids, held.parts[1:], strict=True)))
    return SafeString(whole.replace(_ACCOUNT, escape(account)).replace(_ENTER, escape(enter)))


def _draw(rules: SessionRules, scales: Sequence[ScaleAsked], spray: bool, is_prescriber: bool) -> tuple[str, ...]:
    offered = {
        "vitals_fields": _bounded(rules, PAD),
        "more_vitals": _bounded(rules, PAD_MORE),
        "events": rules.events,
        "further_events": sorted(rules.alarms.symptom_ids - set(rules.events)),
        "severities": list(Severity),
        "emergencies": rules.emergencies,
        "scales": scales,
        "spray": spray,
        "is_prescriber": is_prescriber,
    }
    signs = {"account": _ACCOUNT, "enter": _ENTER, "client_id": _CLIENT_ID}
    return tuple(render_to_string("session/dialogs_alike.html", offered | signs).split(_CLIENT_ID))


def _bounded(rules: SessionRules, fields: Sequence[tuple[str, str]]) -> list[tuple[str, str, Any]]:
    return [(name, words, rules.possible[name]) for name, words in fields]


def of_session(rules: SessionRules) -> dict[str, Any]:
    """What the dialogs offer that also show the order, the stock and the colleagues."""
    return {"rescues": rules.rescues, "molecules": list(Molecule), "vial_acts": [move.value for move in VialAct]}
