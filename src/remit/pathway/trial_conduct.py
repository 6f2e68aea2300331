"""How a virtual trial is run: who misses a visit or leaves, and what a score that is missing counts as."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from remit.pathway.sourced import Sourced


class Missing(StrEnum):
    """What a score that was not taken counts as."""

    AS_OBSERVED = "as_observed"
    """Not counted: shares and means are of those who were scored."""
    LAST = "last"
    """The last score that was taken, the baseline where there is none."""
    NON_RESPONDER = "non_responder"
    """Neither response nor remission; its change is that of the last score."""

    @property
    def words(self) -> str:
        """The rule in words."""
        return {
            Missing.AS_OBSERVED: "who was not scored is not counted",
            Missing.LAST: "a missing score is the last one taken",
            Missing.NON_RESPONDER: "who was not scored has neither response nor remission, "
            "and for the change the last score taken",
        }[self]


class Raise(StrEnum):
    """When a patient goes up to the next dose that the protocol allows."""

    NEVER = "never"
    WITHOUT_RESPONSE = "without_response"
    """At a session to which he comes without response, once the sessions of the first dose are over."""
    AS_OBSERVED = "as_observed"
    """As many as in a published trial stood on the higher dose from a session on, whoever they are."""


@dataclass(frozen=True, slots=True)
class Raised:
    """Which share of a trial stood on the higher of two doses, by the number of the session from which on."""

    doses: tuple[str, str]
    from_sessions: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who comes. Shares are from 0 to 1; leaving is a share of those still there in `per_days`."""

    missed: Sourced[float]
    held_for_pressure: Sourced[float]
    """Of the sessions to which people come: the pressure before the dose is too high, and the session is put off."""
    made_up_after_days: Sourced[int]
    leave_with_drug: Sourced[float]
    leave_without: Sourced[float]
    per_days: int
    missing: Sourced[Missing]


@dataclass(frozen=True, slots=True)
class WithdrawalRule:
    """A randomised withdrawal: how long everybody is treated, who is stable, and what a relapse is."""

    protocol: str
    open_weeks: Sourced[int]
    stable_at_most: Sourced[float]
    stable_scores: Sourced[int]
    """How many of the last weekly scores are at or below it."""
    of_scores: int
    relapse_from: Sourced[float]
    relapse_scores: int
    """How many scores at or above it, one after the other, are a relapse."""
    event_per_d: Sourced[float]
    """The rate of an added relapse at a score of `stable_at_most`, which the chain's own course does not hold."""
    event_per_point: Sourced[float]
    """How the logarithm of that rate grows with each point."""
    follow_weeks: Sourced[int]


@dataclass(frozen=True, slots=True)
class Conduct:
    """What holds where nobody chooses otherwise."""

    attendance: Attendance
    raise_dose: Sourced[Raise]
    raised: Sourced[Raised]
    withdrawal: WithdrawalRule
