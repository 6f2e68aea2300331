"""The pages in the navigation, in their order. Each is shown to whoever may do the act that opens it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: its words, the name of its address, and the act that opens it."""

    words: str
    view: str
    act: str


LINKS: tuple[Entry, ...] = (
    Entry("Patients", "patients", "find_patients"),
    Entry("People", "people", "list_people"),
    Entry("Clinic", "clinic", "show_clinic"),
)
