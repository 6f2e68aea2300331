"""The patients of the synthetic clinic: names, numbers and stories, all of them invented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from remit.demo.clinic import Stage
from remit.demo.telling import Story


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person, with a place in the list that gives record number, telephone and rhythm."""

    place: int
    family: str
    given: str
    born: date
    sex: str
    kg: float
    cm: float

    @property
    def mrn(self) -> str:
        """The record number."""
        return f"S-{1000 + self.place}"

    @property
    def identity(self) -> dict[str, object]:
        """What the coordinator registers."""
        return {
            "mrn": self.mrn, "family_name": self.family, "given_name": self.given, "birth_date": self.born,
            "sex": self.sex, "phone": f"555-{100 + self.place:04}", "country": "US",
            "email": f"{self.given}.{self.family}@mail.example".lower().replace(" ", ""),
        }  # fmt: skip

    def minute(self, hour: int) -> str:
        """A time of this person's own within an hour."""
        return f"{hour:02}:{(self.place * 7) % 60:02}"


Told = Callable[[Stage, Person], Story]
