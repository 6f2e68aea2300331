"""Doses on a clock as the sessions of an arm: which belong together, on which day, and which sessions are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from remit.engine.regimen import Dose

_SESSION_H = 6.0
"""Doses closer than this are of one session: sprays are minutes apart, two of a day half a day."""

Session = tuple[Dose, ...]


@dataclass(frozen=True, slots=True)
class Sessions:
    """The day of each session from the first, the different ones, and which of them each is."""

    days: tuple[float, ...]
    ladder: tuple[Session, ...]
    each: tuple[int, ...]


def sessions(doses: Sequence[Dose]) -> Sessions:
    """The sessions of a regimen, the doses of each counted from its own beginning."""
    found: list[list[Dose]] = []
    for dose in doses:
        if not found or dose.start_h - found[-1][0].start_h >= _SESSION_H:
            found.append([])
        found[-1].append(dose)
    begins = [session[0].start_h for session in found]
    alone = [
        tuple(replace(dose, start_h=round(dose.start_h - begin, 9)) for dose in session)
        for session, begin in zip(found, begins, strict=True)
    ]
    ladder = {in_common(session): session for session in alone}
    places = {same: place for place, same in enumerate(ladder)}
    return Sessions(
        days=tuple((begin - begins[0]) / 24.0 for begin in begins),
        ladder=tuple(ladder.values()),
        each=tuple(places[in_common(session)] for session in alone),
    )


def in_common(session: Session) -> tuple[object, ...]:
    """What two sessions of the same doses have in common."""
    return tuple((one.formulation.key, one.amount, one.per_kg, one.start_h, one.duration_h) for one in session)
