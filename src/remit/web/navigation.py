"""The pages in the navigation, in their order. Each is shown to whoever may do the act that opens it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: its words, the name of its address, and the act that opens it."""

    words: str
    view: str
    act: str
    tally: str = ""
    """The act that counts what waits there; empty where nothing is counted."""


LINKS: tuple[Entry, ...] = (
    Entry("Board", "board", "show_board"),
    Entry("Patients", "patients", "find_patients"),
    Entry("Follow-up", "follow-up", "list_due"),
    Entry("Tasks", "tasks", "list_tasks", tally="tally_tasks"),
    Entry("Stock", "stock", "see_stock"),
    Entry("People", "people", "list_people"),
    Entry("Clinic", "clinic", "show_clinic"),
    Entry("Audit", "audit", "read_trail"),
    Entry("Evidence", "evidence", "read_evidence"),
    Entry("Results", "results", "read_released_results"),
    Entry("Lab", "lab", "open_lab"),
    Entry("My course", "own", "open_own_page"),
    # Who works here comes to it from the evidence and the lab; a patient has no other way.
    Entry("How it works", "how-it-works", "open_own_page"),
)
