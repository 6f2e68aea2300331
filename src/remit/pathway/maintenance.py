"""After the series: which interval the sources name next. Advice, never an order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from remit.pathway.course import PlannedSession
from remit.pathway.protocol import Option, Phase, Protocol, Stage
from remit.pathway.sourced import Action, Finding, Source, Sourced
from remit.quantities import BadInput


@dataclass(frozen=True, slots=True)
class IntervalAdvice:
    """A suggested gap between sessions, in words; `days` is null where no source names one."""

    days: int | None
    text: str
    basis: tuple[Sourced[str], ...] = ()


def intervals(protocol: Protocol) -> tuple[int, ...]:
    """The maintenance intervals that the protocol's sources name, the densest first."""
    return tuple(sorted({days for stage in _kept(protocol) for days in stage.interval_days}))


def suggest_interval(protocol: Protocol, current_days: int | None, holds: bool | None) -> IntervalAdvice:
    """The next interval: one step longer while the gain holds, one step shorter when it is lost.

    `holds` is null while it is not known: then the current interval stays. Advice, never an order.
    """
    known = intervals(protocol)
    basis = tuple(stage.source for stage in _kept(protocol)) + _statements(protocol)
    if not known:
        return IntervalAdvice(None, "no maintenance interval is sourced: a prescriber decides", basis)
    if current_days is None:
        return IntervalAdvice(known[0], f"begin with every {known[0]} days", basis)
    if holds is None:
        return IntervalAdvice(current_days, f"stay at every {current_days} days until the effect is scored", basis)
    return _longer(known, current_days, basis) if holds else _shorter(known, current_days, basis)


def _kept(protocol: Protocol) -> list[Stage]:
    return [stage for stage in protocol.stages if stage.phase is Phase.MAINTENANCE]


def _statements(protocol: Protocol) -> tuple[Sourced[str], ...]:
    topics = ("maintenance.usual_practice", "missed_sessions")
    return tuple(one.text for one in protocol.statements if one.topic in topics)


def _longer(known: tuple[int, ...], current: int, basis: tuple[Sourced[str], ...]) -> IntervalAdvice:
    longer = [days for days in known if days > current]
    if longer:
        return IntervalAdvice(longer[0], f"the effect holds: try every {longer[0]} days", basis)
    text = f"the effect holds: stay at every {current} days, no longer interval is sourced"
    return IntervalAdvice(current, text, basis)


def _shorter(known: tuple[int, ...], current: int, basis: tuple[Sourced[str], ...]) -> IntervalAdvice:
    shorter = [days for days in known if days < current]
    if shorter:
        return IntervalAdvice(shorter[-1], f"the effect is lost: go back to every {shorter[-1]} days", basis)
    return IntervalAdvice(None, "the effect is lost at the densest sourced interval: a prescriber decides", basis)


# Sessions that follow those booked


@dataclass(frozen=True, slots=True)
class Continuation:
    """Further maintenance sessions. Without any it is refused, and the findings say why."""

    sessions: tuple[PlannedSession, ...]
    findings: tuple[Finding, ...] = ()


def continued(
    protocol: Protocol, option: Option | None, sessions: Sequence[PlannedSession], interval_days: int, weeks: int
) -> Continuation:
    """So many weeks of maintenance after the last of the sessions, at an interval that the stage then reached names.

    Raises `BadInput` for another interval, and for no weeks.
    """
    if weeks < 1:
        raise BadInput(f"weeks: 1 or more is needed, not {weeks}")
    kept = _kept(protocol)
    if not kept or (option is not None and not option.stages_follow):
        text = "no source gives maintenance after this series: none is planned"
        return Continuation((), (Finding("maintenance", Action.BLOCK, text, Source(), protocol.id),))
    stage, beyond = _reached(kept, sessions)
    if interval_days not in stage.interval_days:
        listed = " or ".join(map(str, stage.interval_days)) or "no interval"
        raise BadInput(f"interval: {listed} days is sourced for these weeks, not {interval_days}")
    text = f"maintenance beyond the weeks that a source describes ({stage.source.value})"
    found = (Finding("maintenance", Action.WARN, text, stage.source.source, stage.source.path),) if beyond else ()
    return Continuation(_further(stage, sessions, timedelta(days=interval_days), timedelta(weeks=weeks)), found)


def _reached(kept: Sequence[Stage], sessions: Sequence[PlannedSession]) -> tuple[Stage, bool]:
    """The stage in which the next session lies, and whether every sourced week is already planned."""
    days = [one.date for one in sessions if one.phase is Phase.MAINTENANCE]
    done = math.ceil(((max(days) - min(days)).days + 1) / 7) if days else 0
    for stage in kept:
        if stage.weeks is None or done < stage.weeks:
            return stage, False
        done -= stage.weeks
    return kept[-1], True


def _further(
    stage: Stage, sessions: Sequence[PlannedSession], gap: timedelta, span: timedelta
) -> tuple[PlannedSession, ...]:
    last = max(one.date for one in sessions)
    first_n = max(one.n for one in sessions) + 1
    move = timedelta(days=math.floor(stage.move_days.value)) if stage.move_days else timedelta()
    source = stage.move_days.source if stage.move_days else Source()
    days = [last + gap * at for at in range(1, max(span // gap, 1) + 1)]
    return tuple(
        PlannedSession(n, stage.phase, day, day - move, day + move, source) for n, day in enumerate(days, first_n)
    )
