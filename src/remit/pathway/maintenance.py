"""After the series: which interval the sources name next. Advice, never an order."""

from __future__ import annotations

from dataclasses import dataclass

from remit.pathway.protocol import Phase, Protocol, Stage
from remit.pathway.sourced import Sourced


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
