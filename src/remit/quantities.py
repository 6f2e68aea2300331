"""Typed amounts and the only unit conversions.

A dose in milligrams, a dose per kilogram, a strength and a volume are different types, so that one
cannot stand where another is meant. Each amount is finite; an arithmetic step that makes no sense
(milligrams plus millilitres) is a `TypeError`, never a number.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self


class BadInput(ValueError):
    """An input that cannot be used: names the thing, the bound and the value, in one line."""


class Molecule(StrEnum):
    """The molecule given. Doses of the three are not interchangeable."""

    KETAMINE = "ketamine"
    ESKETAMINE = "esketamine"
    ARKETAMINE = "arketamine"


class Route(StrEnum):
    """The way by which a dose enters the body."""

    INTRAVENOUS = "intravenous"
    INTRANASAL = "intranasal"
    SUBCUTANEOUS = "subcutaneous"
    INTRAMUSCULAR = "intramuscular"
    SUBLINGUAL = "sublingual"
    ORAL = "oral"


@dataclass(frozen=True, slots=True)
class Amount:
    """A finite number with a unit; compares and adds only with its own kind.

    Raises `BadInput` for a value that is not finite, and for a negative one where the unit forbids it.
    """

    value: float
    unit: ClassVar[str] = ""
    signed: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise BadInput(f"{type(self).__name__}: a finite number of {self.unit} is needed, not {self.value}")
        if self.value < 0 and not self.signed:
            raise BadInput(f"{type(self).__name__}: 0 {self.unit} or more is needed, not {self.value:g} {self.unit}")

    def __lt__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.value < other.value

    def __le__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.value <= other.value

    def __gt__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.value > other.value

    def __ge__(self, other: Self) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.value >= other.value

    def __add__(self, other: Self) -> Self:
        if type(other) is not type(self):
            return NotImplemented
        return type(self)(self.value + other.value)

    def __sub__(self, other: Self) -> Self:
        if type(other) is not type(self):
            return NotImplemented
        return type(self)(self.value - other.value)

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}"


class Kilograms(Amount):
    """Body weight.

    >>> Kilograms.from_pounds(180).value, round(Kilograms(82).pounds, 1)
    (81.6466266, 180.8)
    """

    unit = "kg"
    __slots__ = ()

    @classmethod
    def from_pounds(cls, pounds: float) -> Kilograms:
        """The international avoirdupois pound is exactly 0.45359237 kg."""
        return cls(pounds * 0.45359237)

    @property
    def pounds(self) -> float:
        """The same weight as a scale in pounds reads it."""
        return self.value / 0.45359237


class Centimetres(Amount):
    """Body height."""

    unit = "cm"
    __slots__ = ()


class Milligrams(Amount):
    """An amount of drug.

    >>> Milligrams(41) / MgPerMl(50)
    Millilitres(value=0.82)
    """

    unit = "mg"
    __slots__ = ()

    def __truediv__(self, other: MgPerMl) -> Millilitres:
        if not isinstance(other, MgPerMl):
            return NotImplemented
        if other.value == 0:
            raise BadInput("strength: more than 0 mg/mL is needed, not 0 mg/mL")
        return Millilitres(self.value / other.value)

    def per(self, weight: Kilograms) -> MgPerKg:
        """The dose per kilogram of this body weight."""
        if weight.value == 0:
            raise BadInput("weight: more than 0 kg is needed, not 0 kg")
        return MgPerKg(self.value / weight.value)


class MgPerKg(Amount):
    """A dose per kilogram of body weight.

    >>> MgPerKg(0.5) * Kilograms(82)
    Milligrams(value=41.0)
    """

    unit = "mg/kg"
    __slots__ = ()

    def __mul__(self, other: Kilograms) -> Milligrams:
        if not isinstance(other, Kilograms):
            return NotImplemented
        return Milligrams(self.value * other.value)


class MgPerMl(Amount):
    """The strength of a vial or of a diluted solution."""

    unit = "mg/mL"
    __slots__ = ()

    def __mul__(self, other: Millilitres) -> Milligrams:
        if not isinstance(other, Millilitres):
            return NotImplemented
        return Milligrams(self.value * other.value)


class Millilitres(Amount):
    """A volume.

    >>> Millilitres(100).over(Minutes(40))
    MlPerHour(value=150.0)
    """

    unit = "mL"
    __slots__ = ()

    def over(self, duration: Minutes) -> MlPerHour:
        """The pump rate that gives this volume in that time."""
        if duration.value == 0:
            raise BadInput("duration: more than 0 min is needed for a rate, not 0 min")
        return MlPerHour(self.value * 60 / duration.value)


class MlPerHour(Amount):
    """A pump rate."""

    unit = "mL/h"
    __slots__ = ()


class Minutes(Amount):
    """A length of time."""

    unit = "min"
    __slots__ = ()


_NUMBER = r"\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*"


def _parse(text: str, thing: str, units: dict[str, type[Amount]]) -> Amount:
    match = re.fullmatch(_NUMBER + r"([A-Za-z/]+)\s*", text)
    unit = match.group(2).lower() if match else ""
    if match is None or unit not in units:
        raise BadInput(f"{thing}: a number with {' or '.join(units)} is needed, not {text!r}")
    return units[unit](float(match.group(1)))


def parse_strength(text: str) -> MgPerMl:
    """Read a strength such as `50 mg/mL`; the unit is never guessed.

    >>> parse_strength("50 mg/mL")
    MgPerMl(value=50.0)
    """
    strength = _parse(text, "strength", {"mg/ml": MgPerMl})
    if not isinstance(strength, MgPerMl) or strength.value == 0:
        raise BadInput(f"strength: more than 0 mg/mL is needed, not {text!r}")
    return strength


def parse_dose(text: str) -> Milligrams | MgPerKg:
    """Read a dose such as `0.75 mg/kg` or `56 mg`; the unit is never guessed.

    >>> parse_dose("0.75 mg/kg")
    MgPerKg(value=0.75)
    """
    dose = _parse(text, "dose", {"mg": Milligrams, "mg/kg": MgPerKg})
    if not isinstance(dose, Milligrams | MgPerKg) or dose.value == 0:
        raise BadInput(f"dose: more than 0 is needed, not {text!r}")
    return dose


def body_mass_index(weight: Kilograms, height: Centimetres) -> float:
    """Body mass index in kg/m²."""
    if height.value == 0:
        raise BadInput("height: more than 0 cm is needed, not 0 cm")
    return weight.value / (height.value / 100) ** 2


def celsius(fahrenheit: float) -> float:
    """A temperature given in degrees Fahrenheit, in degrees Celsius.

    >>> celsius(98.6)
    37.0
    """
    return round((fahrenheit - 32) * 5 / 9, 2)
