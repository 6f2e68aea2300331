"""Who may do which act: the table `rights.csv`, which people read and sign for, and everybody who may try.

A row is an act and the roles that may do it. `prescriber` includes the lead, `lead` is the lead alone; `own:patient`
is the patient on the own record, `own:therapist` the therapist on what that therapist wrote; `link` is whoever holds
a patient's link, `system` the clinic's own clockwork.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from remit.acts.actors import LINK, SYSTEM
from remit.records.models import Role

TABLE = Path(__file__).with_name("rights.csv")
LEAD = "lead"
SIGNED_IN = (
    LEAD,
    Role.PRESCRIBER.value,
    Role.NURSE.value,
    Role.THERAPIST.value,
    Role.COORDINATOR.value,
    Role.PATIENT.value,
    Role.RESEARCHER.value,
    Role.ADMINISTRATOR.value,
)
ROLES = (*SIGNED_IN, LINK, SYSTEM)
NOBODY = "nobody"
"""Nobody is signed in; no row of the table names it."""


@dataclass(frozen=True)
class Allowed:
    """Who may do one act: to anything of the clinic, and besides to what is their own."""

    everything: frozenset[str]
    own: frozenset[str]

    def says(self, role: str) -> bool:
        """True for a role that may do it at all."""
        return role in self.everything | self.own

    @property
    def words(self) -> str:
        """The row as it stands in the table."""
        shown = [role for role in ROLES if role in self.everything and not (role == LEAD and self._all_prescribers)]
        return " ".join([*shown, *(f"own:{role}" for role in ROLES if role in self.own)])

    @property
    def _all_prescribers(self) -> bool:
        return Role.PRESCRIBER.value in self.everything


def allowed(words: str) -> Allowed:
    """A row of the table, read."""
    said = words.split()
    everything = {word for word in said if not word.startswith("own:")}
    own = {word.removeprefix("own:") for word in said} - everything
    unknown = (everything | own) - set(ROLES)
    assert not unknown, f"{TABLE.name}: {sorted(unknown)} are no roles; these are: {', '.join(ROLES)}"
    if Role.PRESCRIBER.value in everything:
        everything.add(LEAD)
    return Allowed(frozenset(everything), frozenset(own))


def table() -> dict[str, Allowed]:
    """Every act of the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [(row["act"], allowed(row["may"])) for row in csv.DictReader(file)]
    acts = [act for act, _ in rows]
    assert acts == sorted(set(acts)), f"{TABLE.name}: each act once, in the order of the alphabet"
    return dict(rows)
