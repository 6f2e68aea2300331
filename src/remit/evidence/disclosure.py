"""What may leave a clinic of its results: sums over enough people, quarter by quarter, and never the same people twice.

A quarter of an arm that is too small waits and is summed with the next ones until the sum may leave. So nobody's
outcome is in a number with too few others, no published number is a part of another, and a later release holds other
people than an earlier one: no difference between numbers, totals or releases stands for a small group. What has left
stays as it was; a correction made afterwards does not change it.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from remit.evidence.own_results import Arm, Quarter, Standing, Window, once_each
from remit.pathway.outcome import describe
from remit.quantities import BadInput

FLOOR = 5
"""No clinic may set the least number of people in a published count lower than this."""
_DECIMALS = 1
"""Of a mean and a standard deviation: finer ones could give single scores away."""


@dataclass(frozen=True, slots=True)
class ArmRow:
    """One arm over one quarter or several, as it leaves the clinic. Null: withheld, or not defined."""

    molecule: str
    route: str
    indication: str
    scale: str
    first_quarter: Quarter
    last_quarter: Quarter
    follow_up: Window
    treated: int | None
    """Withheld where only a few of those treated were not scored."""
    scored: int
    responders: int
    remitters: int | None
    """Withheld where they, the others, or what parts them from the responders are only a few."""
    change_mean: float | None
    change_sd: float | None
    response_is: str
    remission_is: str

    @property
    def arm(self) -> Arm:
        """What was given for what."""
        return Arm(self.molecule, self.route, self.indication)

    def as_dict(self) -> dict[str, Any]:
        """The row as it is kept."""
        quarters = {"first_quarter": str(self.first_quarter), "last_quarter": str(self.last_quarter)}
        return asdict(self) | quarters

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> ArmRow:
        """A row that was kept."""
        return cls(**{
            **kept,
            "first_quarter": Quarter.read(kept["first_quarter"]),
            "last_quarter": Quarter.read(kept["last_quarter"]),
            "follow_up": Window(**kept["follow_up"]),
        })  # fmt: skip


def closed(quarter: Quarter, window: Window, today: date) -> bool:
    """True once the follow-up of everybody who was first treated in this quarter is over."""
    return quarter.last_day + timedelta(days=window.to_day) < today


def new_rows(
    standings: Sequence[Standing], released: Iterable[ArmRow], window: Window, today: date, least: int
) -> list[ArmRow]:
    """What may leave now and has not left before. Raises `BadInput` below the floor, and for a second scale.

    Scores on a second scale are scores of the same people: beside the first they would tell more of them than either.
    """
    if least < FLOOR:
        raise BadInput(f"least number of people in a count: {FLOOR} or more is needed, not {least}")
    before = list(released)
    _one_scale({one.course.scale.id for one in standings}, {row.scale for row in before})
    arms: dict[Arm, list[Standing]] = {}
    for one in once_each(standings, by_arm=True):
        arms.setdefault(one.arm, []).append(one)
    return [row for arm in sorted(arms) for row in _rows(arms[arm], _from(arm, before), window, today, least)]


def _one_scale(asked: set[str], before: set[str]) -> None:
    if len(asked | before) > 1:
        raise BadInput(f"scale: {', '.join(sorted(before or asked))} is needed, not {', '.join(sorted(asked))}")


def _from(arm: Arm, before: Iterable[ArmRow]) -> Quarter | None:
    """The first quarter of which nothing has left; null where nothing has left at all."""
    last = max((row.last_quarter for row in before if row.arm == arm), default=None)
    return last.after if last else None


def _rows(held: Sequence[Standing], start: Quarter | None, window: Window, today: date, least: int) -> Iterator[ArmRow]:
    """Quarters in their order, each summed with those before it that were too small."""
    by_quarter: dict[Quarter, list[Standing]] = {}
    for one in held:
        by_quarter.setdefault(one.quarter, []).append(one)
    first = quarter = start or min(by_quarter)
    waiting: list[Standing] = []
    while closed(quarter, window, today):
        waiting += by_quarter.get(quarter, [])
        if _large_enough(waiting, least):
            yield _row(waiting, first, quarter, window, least)
            first, waiting = quarter.after, []
        quarter = quarter.after


def _large_enough(held: Sequence[Standing], least: int) -> bool:
    """Twice the least number scored; responders and the others each nobody, or not a few."""
    known = [one.met["response"] for one in held if one.met["response"] is not None]
    met = sum(map(bool, known))
    return len(known) >= 2 * least and not _few(met, least) and not _few(len(known) - met, least)


def _few(people: int, least: int) -> bool:
    return 0 < people < least


def _row(held: Sequence[Standing], first: Quarter, last: Quarter, window: Window, least: int) -> ArmRow:
    scored = [one for one in held if one.met["response"] is not None]
    responders = sum(bool(one.met["response"]) for one in scored)
    mean, spread = _change(scored)
    course = held[0].course
    return ArmRow(
        molecule=course.molecule,
        route=course.route,
        indication=course.indication,
        scale=course.scale.id,
        first_quarter=first,
        last_quarter=last,
        follow_up=window,
        treated=None if _few(len(held) - len(scored), least) else len(held),
        scored=len(scored),
        responders=responders,
        remitters=_remitters(scored, responders, least),
        change_mean=mean,
        change_sd=spread,
        response_is=_said(held, "response"),
        remission_is=_said(held, "remission"),
    )


def _remitters(scored: Sequence[Standing], responders: int, least: int) -> int | None:
    if any(one.met["remission"] is None for one in scored):
        return None
    met = sum(bool(one.met["remission"]) for one in scored)
    apart = (met, len(scored) - met, abs(responders - met))
    return None if any(_few(people, least) for people in apart) else met


def _change(scored: Sequence[Standing]) -> tuple[float | None, float | None]:
    """Mean and standard deviation; neither where all changed alike, which would be everybody's own figure."""
    changes = [one.change for one in scored if one.change is not None]
    if len(changes) < len(scored):
        return None, None
    spread = round(statistics.stdev(changes), _DECIMALS)
    return (round(statistics.fmean(changes), _DECIMALS), spread) if spread else (None, None)


def _said(held: Sequence[Standing], outcome: str) -> str:
    """The definition; each where protocols of one arm have their own."""
    found = ((one.course.scale, getattr(one.course.defined, outcome)) for one in held)
    return " | ".join(sorted({describe(scale, defined.value) for scale, defined in found if defined is not None}))


# As a table that `remit pool` reads

COLUMNS = (
    "study", "clinic", "synthetic", "molecule", "route", "indication", "scale", "first_quarter", "last_quarter",
    "follow_up_days", "n_treated", "ni", "xi", "outcome", "responders", "remitters", "change_mean", "change_sd", "yi",
    "vi", "response_is", "remission_is",
)  # fmt: skip
OUTCOMES = ("response", "remission")


def table(rows: Iterable[ArmRow], clinic: str, *, synthetic: bool, outcome: str = "response") -> list[dict[str, Any]]:
    """The rows with the columns of `remit pool`: xi of ni had the outcome; yi with variance vi is the mean change.

    A row whose count of the outcome is withheld has no xi and is left out. Raises `BadInput` for another outcome.
    """
    if outcome not in OUTCOMES:
        raise BadInput(f"outcome: one of {', '.join(OUTCOMES)} is needed, not {outcome!r}")
    counted = ((row, row.responders if outcome == "response" else row.remitters) for row in rows)
    return [_cells(row, met, clinic, synthetic, outcome) for row, met in counted if met is not None]


def _cells(row: ArmRow, met: int, clinic: str, synthetic: bool, outcome: str) -> dict[str, Any]:
    quarters = sorted({row.first_quarter, row.last_quarter})
    name = f"{clinic} {row.molecule} {row.route} {row.indication} {' to '.join(map(str, quarters))}"
    return {
        "study": " ".join(name.split()),
        "clinic": clinic,
        "synthetic": "yes" if synthetic else "no",
        **{name: getattr(row, name) for name in ("molecule", "route", "indication", "scale")},
        "first_quarter": str(row.first_quarter),
        "last_quarter": str(row.last_quarter),
        "follow_up_days": f"{row.follow_up.from_day} to {row.follow_up.to_day}",
        "n_treated": row.treated,
        "ni": row.scored,
        "xi": met,
        "outcome": outcome,
        **{name: getattr(row, name) for name in ("responders", "remitters", "change_mean", "change_sd")},
        "yi": row.change_mean,
        "vi": None if row.change_sd is None else round(row.change_sd**2 / row.scored, 6),
        "response_is": row.response_is,
        "remission_is": row.remission_is,
    }
