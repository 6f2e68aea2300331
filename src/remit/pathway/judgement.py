"""What the rules say to one entry."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Judgement:
    """Refusals refuse the entry; notes are remarks on one that is recorded. `needs` names what would let it pass."""

    refusals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    needs: tuple[str, ...] = ()


def refused(reason: str) -> Judgement:
    """A refusal for one reason."""
    return Judgement([reason])
