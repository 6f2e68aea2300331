"""What is given, when and how fast: read from text, repeated, paused, stopped, and held against what was studied.

A regimen reads `AMOUNT UNIT @ START_MIN [over DURATION_MIN] [by ROUTE]`, parts joined by `;`, and `xN every D d`
repeats all that stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from remit.pathway.kinetics import DoseRange, Formulation, MoleculeModel
from remit.quantities import BadInput, MgPerKg, Route, parse_dose

_PART = re.compile(
    r"(?P<dose>[^@]+?)@\s*(?P<start>\S+?)\s*(?:min\s*)?(?:over\s+(?P<over>\S+?)\s*(?:min\s*)?)?(?:by\s+(?P<route>\w+)\s*)?"
)
_REPEAT = re.compile(r"x\s*(?P<count>\S+)\s+every\s+(?P<days>\S+?)\s*d")
MOST_DOSES = 1000
"""Doses of one plan, sprays counted one by one; what a slip of the keyboard makes stays out."""
LONGEST_DAYS = 36_500
"""A century: no time is later, so that arithmetic stays within what a float holds exactly enough."""
_TIME_UNITS = {"min": 1 / 60, "h": 1.0, "d": 24.0}


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose: a bolus, or a drug that arrives evenly over its duration.

    `amount` is mg, or mg/kg where `per_kg`; `start_h` and `duration_h` are hours from the beginning of the plan.
    """

    molecule: MoleculeModel
    formulation: Formulation
    amount: float
    per_kg: bool = False
    start_h: float = 0.0
    duration_h: float = 0.0
    device: int = 1
    """Which spray of the session."""

    def __post_init__(self) -> None:
        if self.start_h < 0:
            raise BadInput(f"time of a dose: 0 min or later is needed, not {self.start_h * 60:g} min")
        if self.duration_h < 0:
            raise BadInput(f"duration: 0 min or more is needed, not {self.duration_h * 60:g} min")
        within("time of a dose", self.end_h)

    @property
    def end_h(self) -> float:
        """When the last of it has been given."""
        return self.start_h + self.duration_h

    def stopped(self, at_h: float) -> Dose:
        """The dose stopped at a time: what had not been given then is not given."""
        given = min(max(at_h - self.start_h, 0.0), self.duration_h)
        if self.duration_h == 0:
            return self
        return replace(self, amount=self.amount * given / self.duration_h, duration_h=given)

    def paused(self, at_h: float, until_h: float) -> tuple[Dose, ...]:
        """The dose paused from one time to another, then finished at the same rate."""
        if until_h < at_h:
            raise BadInput(f"pause: an end after {at_h * 60:g} min is needed, not {until_h * 60:g} min")
        if self.duration_h == 0 or at_h >= self.end_h or until_h <= self.start_h:
            return (self,)
        if at_h <= self.start_h:
            return (replace(self, start_h=until_h),)
        first = self.stopped(at_h)
        left = replace(self, amount=self.amount - first.amount, start_h=until_h, duration_h=self.end_h - at_h)
        return (first, left)


def number(thing: str, text: str, least: float = 0.0) -> float:
    """A number that a text says, not below `least`. Raises `BadInput`."""
    try:
        value = float(text) if "_" not in text else float("nan")
    except ValueError:
        value = float("nan")
    if not least <= value < float("inf"):
        raise BadInput(f"{thing}: a number of {least:g} or more is needed, not {text!r}")
    return value


def within(thing: str, hours: float) -> float:
    """A time in hours that is not later than anybody means. Raises `BadInput`."""
    if not hours <= LONGEST_DAYS * 24:
        raise BadInput(f"{thing}: at most {LONGEST_DAYS} d is needed, not {hours / 24:g} d")
    return hours


def duration(thing: str, text: str) -> float:
    """A length of time such as `40 min`, in hours. The unit is never guessed.

    >>> duration("duration", "90 min")
    1.5
    """
    match = re.fullmatch(r"\s*(\S*?)\s*([A-Za-z]+)\s*", text)
    if match is None or match[2] not in _TIME_UNITS:
        raise BadInput(f"{thing}: a number with {', '.join(_TIME_UNITS)} is needed, not {text!r}")
    return within(thing, number(thing, match[1]) * _TIME_UNITS[match[2]])


def moments(thing: str, text: str) -> tuple[float, ...]:
    """Times such as `0,3,7d`, in hours; the last one carries the unit of all.

    >>> moments("repeat", "0,3,7d")
    (0.0, 72.0, 168.0)
    """
    match = re.fullmatch(r"(.*?)\s*(min|h|d)\s*", text)
    if match is None:
        raise BadInput(f"{thing}: times such as 0,3,7d are needed, not {text!r}")
    found = tuple(within(thing, number(thing, part.strip()) * _TIME_UNITS[match[2]]) for part in match[1].split(","))
    if list(found) != sorted(set(found)):
        raise BadInput(f"{thing}: times in rising order are needed, not {text!r}")
    return found


def grid(text: str) -> tuple[float, ...]:
    """Output times such as `0:240:1 min` (from, to, step), or a list such as `0,30,60 min`, in hours.

    >>> len(grid("0:240:1 min"))
    241
    """
    if ":" not in text:
        return moments("times", text)
    match = re.fullmatch(r"\s*([^:]+):([^:]+):([^:]+?)\s*(min|h|d)\s*", text)
    if match is None:
        raise BadInput(f"times: from, to and step such as 0:240:1 min are needed, not {text!r}")
    first, last, step = (number("times", part.strip()) for part in match.groups()[:3])
    if step == 0 or last < first:
        raise BadInput(f"times: a step above 0 and an end after the beginning are needed, not {text!r}")
    within("times", last * _TIME_UNITS[match[4]])
    steps = (last - first) / step + 1e-9
    if not steps < _MOST_TIMES:
        raise BadInput(f"times: at most {_MOST_TIMES} are needed, not {steps // 1 + 1:.15g}")
    count = int(steps) + 1
    return tuple((first + at * step) * _TIME_UNITS[match[4]] for at in range(count))


_MOST_TIMES = 100_000


def parse_regimen(
    text: str, molecule: MoleculeModel, route: Route | None, formulation: str | None = None
) -> tuple[Dose, ...]:
    """The doses that a regimen says, in order of time. Raises `BadInput` with the part that cannot be read.

    A text gives minutes and days, the doses hours; `route` holds for the parts that name none.
    """
    doses: list[Dose] = []
    parts = [part.strip() for part in text.split(";") if part.strip()]
    for part in parts:
        again = _REPEAT.fullmatch(part)
        if again is None:
            doses.append(_dose(part, molecule, route, formulation))
            continue
        count, gap = number("repeat", again["count"], 1), number("repeat", again["days"]) * 24
        if not count.is_integer() or not doses:
            raise BadInput(f"regimen: doses, then a whole number of times, are needed: {part!r}")
        if count > 1 and not gap:
            raise BadInput(f"repeat: more than 0 d is needed, not {part!r}")
        few_enough("regimen", count * len(doses))
        doses = [replace(dose, start_h=dose.start_h + at * gap) for at in range(int(count)) for dose in doses]
    if not doses:
        raise BadInput(f"regimen: parts such as 0.5 mg/kg @0 over 40 are needed, not {text!r}")
    return counted(doses)


def _dose(part: str, molecule: MoleculeModel, route: Route | None, formulation: str | None) -> Dose:
    match = _PART.fullmatch(part)
    if match is None:
        raise BadInput(f"regimen: a part such as 0.5 mg/kg @0 over 40 is needed, not {part!r}")
    own = match["route"]
    if own is not None and own not in tuple(Route):
        raise BadInput(f"route: one of {', '.join(Route)} is needed, not {own!r}")
    way = Route(own) if own is not None else route
    if way is None:
        raise BadInput("route: one is needed, there is none")
    return dose(
        match["dose"],
        molecule,
        molecule.formulation(way, formulation if own is None else None),
        number("time of a dose in min", match["start"]) / 60,
        number("duration in min", match["over"] or "0") / 60,
    )


def dose(
    text: str, molecule: MoleculeModel, formulation: Formulation, start_h: float = 0.0, duration_h: float = 0.0
) -> Dose:
    """A dose read from text such as `0.5 mg/kg`. Raises `BadInput` for a unit that does not fit."""
    read = parse_dose(text)
    if formulation.device is not None and isinstance(read, MgPerKg):
        raise BadInput(
            f"dose: mg are needed for {formulation.id}, whose device gives {formulation.device.mg:g} mg, not {text!r}"
        )
    if duration_h and any(path.duration for path in formulation.paths):
        raise BadInput(f"duration: none is needed for {formulation.id}, which releases by itself")
    return Dose(molecule, formulation, read.value, isinstance(read, MgPerKg), start_h, duration_h)


def few_enough(thing: str, doses: float) -> None:
    """Raises `BadInput` for more doses than a plan may have: before they are made, not after."""
    if doses > MOST_DOSES:
        raise BadInput(f"{thing}: at most {MOST_DOSES} doses are needed, each spray counted, not {doses:.0f}")


def in_devices(given: Dose) -> tuple[Dose, ...]:
    """A dose of a spray as its devices, each with its pause; any other dose as it is."""
    device = given.formulation.device
    if device is None or given.amount <= device.mg:
        return (given,)
    few_enough("dose", given.amount / device.mg)
    whole, rest = divmod(given.amount, device.mg)
    amounts = [device.mg] * int(whole) + ([rest] if rest > 1e-9 else [])
    return tuple(
        replace(given, amount=amount, start_h=given.start_h + at * device.apart_h) for at, amount in enumerate(amounts)
    )


def repeated(doses: Sequence[Dose], starts_h: Collection[float]) -> tuple[Dose, ...]:
    """The same doses at each of these times."""
    few_enough("repeat", len(doses) * len(starts_h))
    return counted([replace(one, start_h=one.start_h + start) for start in starts_h for one in doses])


def counted(doses: Collection[Dose]) -> tuple[Dose, ...]:
    """The doses in order of time, each spray with its number within the session."""
    few_enough("regimen", len(doses))
    found: list[Dose] = []
    for one in sorted(doses, key=lambda given: given.start_h):
        within = (one.formulation.limit.within_h if one.formulation.limit else None) or 0.0
        earlier = [
            held
            for held in found
            if held.formulation is one.formulation
            and one.start_h - held.start_h < within
            and held.molecule is one.molecule
        ]
        found.append(replace(one, device=len(earlier) + 1))
    return tuple(found)


def check(doses: Sequence[Dose], weight_kg: float) -> tuple[str, ...]:
    """Which doses were never studied, in words. Raises `BadInput` for one above what the model knows."""
    said: list[str] = []
    for one in doses:
        limit, studied = one.formulation.limit, one.formulation.studied
        window = (limit.within_h if limit else None) or 0.0
        session = [
            held
            for held in doses
            if held.formulation is one.formulation
            and held.molecule is one.molecule
            and 0 <= one.start_h - held.start_h < max(window, 1e-9)
        ]
        if limit is not None and _total(session, limit, weight_kg) > limit.most * (1 + 1e-9):
            # What was asked for is named, not the spray at which it becomes too much.
            begin = min(held.start_h for held in session)
            asked = [
                held
                for held in doses
                if held.formulation is one.formulation
                and held.molecule is one.molecule
                and 0 <= held.start_h - begin < max(window, 1e-9)
            ]
            raise BadInput(
                f"dose: at most {limit.most:g} {limit.unit} of {one.molecule.id} by this route"
                f"{f' within {window:g} h' if window else ''} is needed, "
                f"not {_total(asked, limit, weight_kg):g} {limit.unit}"
            )
        # A session is looked at where it is whole: the next dose of it is not within the window.
        whole = not any(
            0 < held.start_h - one.start_h < window for held in doses if held.formulation is one.formulation
        )
        if studied is not None and whole:
            said += _beyond(one, _total(session, studied, weight_kg), studied)
    return tuple(dict.fromkeys(said))


def _beyond(one: Dose, total: float, studied: DoseRange) -> list[str]:
    if studied.least * (1 - 1e-9) <= total <= studied.most * (1 + 1e-9):
        return []
    bounds = f"{studied.least:g} to {studied.most:g} {studied.unit}"
    return [f"{one.molecule.id} {one.formulation.id}: {total:g} {studied.unit} in a session, studied {bounds}"]


def _total(doses: Sequence[Dose], bound: DoseRange, weight_kg: float) -> float:
    """What these doses add up to, in the unit of a bound."""
    in_mg = sum(held.amount * (weight_kg if held.per_kg else 1) for held in doses)
    if not bound.per_kg:
        return in_mg
    # Only doses given per kilogram stay exact where the weight varies.
    return sum(held.amount if held.per_kg else held.amount / weight_kg for held in doses)
