"""The runs of the lab: which wait, which one is computed, what came of each. They live in this process alone.

A run is known by its choices: one seed gives one answer, so that two people who ask the same share one run, and a run
that was lost is asked for again by its link. See decision 0023.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import UUID

from remit.acts import lab_worker
from remit.quantities import BadInput

WAITING, RUNNING, DONE, CANCELLED, REFUSED, INTERRUPTED = (
    "waiting", "running", "done", "cancelled", "refused", "interrupted",
)  # fmt: skip
KEY_SIGNS = 20
"""Signs of a run's name."""
MOST_WAITING = 4
"""Runs that wait in a clinic behind the one that is computed."""
MOST_AT_ONCE = 2
"""Runs computed at the same time, for different clinics."""
MOST_KEPT = 24
"""Runs that are remembered; the oldest that has ended is forgotten first."""
MOST_UNWATCHED_S = 20.0
"""Seconds after which a run that nobody asks about is stopped: its page was closed."""

Key = tuple[UUID, str]


@dataclass(slots=True)
class Run:
    """One comparison of regimens: what was asked, how far it is, what came of it."""

    clinic_id: UUID
    key: str
    asked: tuple[Mapping[str, Any], ...]
    mood_asked: Mapping[str, Any] | None = None
    """The trials in which the course of mood is read; null: it is not."""
    state: str = WAITING
    done: int = 0
    total: int = 0
    documents: list[dict[str, Any]] = field(default_factory=list)
    mood: dict[str, Any] | None = None
    """The course of mood under each regimen."""
    refused: tuple[int, str] | None = None
    """The number of the regimen that the engine refused, and its words."""
    over: threading.Event = field(default_factory=threading.Event)
    process: Any = None
    looked_at: float = field(default_factory=monotonic)

    @property
    def abandoned(self) -> bool:
        """True once nobody has asked about it for long."""
        return monotonic() - self.looked_at > MOST_UNWATCHED_S

    @property
    def ended(self) -> bool:
        """True once nothing more will come."""
        return self.over.is_set()

    @property
    def percent(self) -> int:
        """How far it is."""
        return round(100 * self.done / self.total) if self.total else 0


def key_of(asked: Sequence[Mapping[str, Any]], mood: Mapping[str, Any] | None = None) -> str:
    """A name of these choices, the same for the same choices."""
    return hashlib.sha256(json.dumps([list(asked), mood], sort_keys=True).encode()).hexdigest()[:KEY_SIGNS]


class Bench:
    """Where the runs are computed: one at a time in each clinic, a few at once, each in a process of its own."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._runs: OrderedDict[Key, Run] = OrderedDict()

    def ask(self, clinic_id: UUID, asked: Sequence[Mapping[str, Any]], mood: Mapping[str, Any] | None = None) -> Run:
        """The run of these choices, begun unless it is done or under way. Raises `BadInput` where too many wait."""
        key = key_of(asked, mood)
        with self._lock:
            found = self._runs.get((clinic_id, key))
            if found is not None and found.state in (WAITING, RUNNING, DONE, REFUSED):
                found.looked_at = monotonic()
                self._runs.move_to_end((clinic_id, key))
                return found
            self._leave_abandoned()
            waiting = sum(run.state == WAITING for run in self._runs.values() if run.clinic_id == clinic_id)
            if waiting >= MOST_WAITING:
                raise BadInput(f"runs: at most {MOST_WAITING} wait in a clinic; another one is possible once one ends")
            made = self._runs[clinic_id, key] = Run(clinic_id, key, tuple(asked), mood)
            self._runs.move_to_end((clinic_id, key))
            self._forget()
            self._begin()
            return made

    def find(self, clinic_id: UUID, key: str) -> Run | None:
        """The run of this name in a clinic; null for one that is not known, as after the server was started again."""
        with self._lock:
            run = self._runs.get((clinic_id, key))
            if run is not None:
                run.looked_at = monotonic()
            return run

    def ahead(self, run: Run) -> int:
        """How many runs of the clinic come before one that waits."""
        with self._lock:
            own = [one for one in self._runs.values() if one.clinic_id == run.clinic_id and not one.ended]
            return own.index(run) if run in own else 0

    def cancel(self, clinic_id: UUID, key: str) -> Run | None:
        """Stop a run, or take it out of those that wait."""
        with self._lock:
            run = self._runs.get((clinic_id, key))
            if run is not None:
                self._stop(run)
            return run

    def _stop(self, run: Run) -> None:
        process = run.process
        if not run.ended:
            self._end(run, CANCELLED)
        if process is not None:
            process.terminate()

    def _leave_abandoned(self) -> None:
        """Stop what nobody asks about any more, so that nobody waits behind it."""
        for run in self._runs.values():
            if run.abandoned and not run.ended:
                self._stop(run)

    def _begin(self) -> None:
        self._leave_abandoned()
        for run in self._runs.values():
            busy = [one.clinic_id for one in self._runs.values() if one.state == RUNNING]
            if len(busy) >= MOST_AT_ONCE:
                return
            if run.state == WAITING and run.clinic_id not in busy:
                self._start(run)

    def _start(self, run: Run) -> None:
        # A process that is spawned shares no lock, connection or file with the server.
        context = multiprocessing.get_context("spawn")
        heard, said = context.Pipe(duplex=False)
        run.process = context.Process(target=lab_worker.work, args=(said, run.asked, run.mood_asked), daemon=True)
        run.process.start()
        said.close()
        run.state = RUNNING
        threading.Thread(target=self._listen, args=(run, run.process, heard), daemon=True).start()

    def _listen(self, run: Run, process: Any, heard: Any) -> None:
        """Keep what the process says, until it has ended."""
        with suppress(EOFError, OSError):
            while True:
                self._hear(run, heard.recv())
        process.join()
        heard.close()
        with self._lock:
            self._end(run, INTERRUPTED)
            self._begin()

    def _hear(self, run: Run, message: tuple[Any, ...]) -> None:
        kind, *said = message
        with self._lock:
            if run.ended:
                return
            if kind == "progress":
                run.done, run.total = said
                self._leave_abandoned()
            elif kind == "result":
                run.documents, run.mood = said[0], said[1] if len(said) > 1 else None
                self._end(run, DONE)
            else:
                run.refused = (said[0], said[1])
                self._end(run, REFUSED)

    def _end(self, run: Run, state: str) -> None:
        """Settle a run once; what comes later changes nothing."""
        if not run.ended:
            run.state, run.process = state, None
            run.over.set()

    def _forget(self) -> None:
        ended = [key for key, run in self._runs.items() if run.ended]
        for key in ended[: max(len(self._runs) - MOST_KEPT, 0)]:
            del self._runs[key]


BENCH = Bench()
"""The runs of this server."""
