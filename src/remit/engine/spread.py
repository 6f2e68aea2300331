"""Patients or trials spread over a Dask cluster: processes of this machine, or wherever a scheduler's address leads to.

A patient's numbers do not depend on who computes them: with the same versions of what computes, the answer is that of
one thread, to the last digit. Workers draw their patients themselves; nothing but a plan goes to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Any, TypeVar
from urllib.parse import urlsplit

from remit import __version__
from remit.quantities import BadInput

Workers = int | str
"""How many threads; `processes:N` for a cluster of this machine's own; or the address of a Dask scheduler."""
MOST_WORKERS = 256
LARGEST_TASK, SMALLEST_TASK = 100_000, 2_000
"""Patients of one task: beside them what a task costs vanishes, and a small crowd is still shared by all."""
ANSWER_WITHIN_S = 5.0
"""Within how long a scheduler answers, and has a worker."""
_LOOK_EVERY_S = 1.0
BACK_WITHIN_S = 20.0
"""How long is waited for workers when all are gone: what looks after them may start them again."""
_PROCESSES = "processes:"
Versions = tuple[tuple[str, str | None], ...]
_T = TypeVar("_T")
Task = Callable[..., _T]
"""What is computed of some patients, whose numbers come last: a function of a module, which a worker can import."""


def workers_of(text: str) -> Workers:
    """Where a text wants a plan computed. Raises `BadInput`."""
    number = text.removeprefix(_PROCESSES)
    if number.isascii() and number.isdigit() and 1 <= int(number) <= MOST_WORKERS:
        return int(number) if number == text else text
    if not _is_address(text):
        raise BadInput(
            f"workers: a whole number from 1 to {MOST_WORKERS} is needed, or {_PROCESSES}N, or the address of a Dask "
            f"scheduler such as tcp://127.0.0.1:8786, not {text!r}"
        )
    return text


def _is_address(text: str) -> bool:
    try:
        read = urlsplit(text)
        return (read.scheme, read.path, read.query) == ("tcp", "", "") and bool(read.hostname and read.port)
    except ValueError:
        return False


def spread(
    task: Task[_T],
    work: tuple[Any, ...],
    count: int,
    where: str,
    most: int = LARGEST_TASK,
    least: int | None = None,
) -> Iterator[_T]:
    """What a task makes of so many patients (or trials), `least` to `most` at once, in the order in which it is ready.

    Raises `BadInput` for a cluster that does not answer, computes with other versions, or is lost on the way.
    """
    where = str(workers_of(where))
    with ExitStack() as held:
        client, threads = _client(held, where)
        own = made_with()
        size = min(max(-(-count // (4 * threads)), least or SMALLEST_TASK), most)
        parts = (range(at, min(at + size, count)) for at in range(0, count, size))
        jobs = (lambda part=part: client.submit(computed, task, work, part, pure=False) for part in parts)
        for theirs, found in _answers(client, jobs, 2 * threads, where):
            if theirs != own:
                raise BadInput(f"workers: those of {where} compute with {_said(theirs)}, not with {_said(own)} as here")
            yield found


@cache
def made_with() -> Versions:
    """What the digits depend on, with its version; null where it is not installed."""
    return (("remit", __version__), *((name, _version(name)) for name in ("numpy", "numba")))


def _version(name: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _said(made: Versions) -> str:
    return ", ".join(f"{name} {number}" if number else f"no {name}" for name, number in made)


def computed(task: Task[_T], work: tuple[Any, ...], part: range) -> tuple[Versions, _T]:
    """A task as a worker does it: what it computed with, and what it found."""
    return made_with(), task(*work, part)


def _client(held: ExitStack, where: str) -> tuple[Any, int]:
    """A client of the cluster that is asked for, and how many threads there are behind it."""
    if find_spec("distributed") is None:
        raise BadInput(f"workers: {where} needs Dask: pip install 'remit[cluster]'")
    dask = import_module("distributed")
    held.enter_context(_quiet())
    address = _local(held, dask, int(where.removeprefix(_PROCESSES))) if where.startswith(_PROCESSES) else where
    try:
        client = held.enter_context(dask.Client(address, timeout=ANSWER_WITHIN_S, set_as_default=False))
    except (OSError, TimeoutError):
        raise BadInput(
            f"workers: a Dask scheduler is needed; none answered at {where} in {ANSWER_WITHIN_S:g} s"
        ) from None
    try:
        client.wait_for_workers(1, timeout=ANSWER_WITHIN_S)
    except TimeoutError:
        raise BadInput(f"workers: at least one is needed; {where} had none in {ANSWER_WITHIN_S:g} s") from None
    return client, sum(client.nthreads().values())


def _local(held: ExitStack, dask: Any, many: int) -> Any:
    """A cluster of this machine's processes, which ends with its use and leaves nothing."""
    import logging
    from tempfile import TemporaryDirectory

    folder = held.enter_context(TemporaryDirectory())
    return held.enter_context(
        dask.LocalCluster(
            n_workers=many,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
            local_directory=folder,
        )
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """What Dask would log of a cluster that is lost is said in one line instead."""
    import logging

    loggers = [logging.getLogger(name) for name in (*logging.root.manager.loggerDict, "distributed")]
    levels = {one: one.level for one in loggers if one.name.partition(".")[0] == "distributed"}
    for one in levels:
        one.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for one, level in levels.items():
            one.setLevel(level)


def _answers(client: Any, jobs: Iterator[Callable[[], Any]], most: int, where: str) -> Iterator[Any]:
    """What the jobs answer, as they are ready, with no more than so many of them under way."""
    ready: SimpleQueue[Any] = SimpleQueue()
    waiting: set[Any] = set()
    try:
        for job in chain(jobs, [None]):
            if job is not None:
                waiting.add(future := job())
                future.add_done_callback(ready.put)
            while len(waiting) >= (most if job else 1):
                done = _next(client, ready, where)
                waiting.remove(done)
                yield _answer(client, done, where)
    finally:
        for one in waiting:
            one.cancel()


def _next(client: Any, ready: SimpleQueue[Any], where: str) -> Any:
    """The next task that has ended. Raises `BadInput` once there has been no worker for long."""
    lost = 0
    while lost * _LOOK_EVERY_S < BACK_WITHIN_S:
        with suppress(Empty):
            return ready.get(timeout=_LOOK_EVERY_S)
        lost = 0 if _has_workers(client) else lost + 1
    raise _gone(where)


def _answer(client: Any, future: Any, where: str) -> Any:
    """What a task answered. Where its worker has ended since, others compute it again."""
    dask, patience = import_module("distributed"), BACK_WITHIN_S
    while True:
        try:
            return future.result(timeout=patience)
        except TimeoutError:
            if not _has_workers(client):
                raise _gone(where) from None
            patience *= 2
        except (dask.KilledWorker, dask.CancelledError, OSError):
            raise _gone(where) from None


def _has_workers(client: Any) -> bool:
    try:
        return bool(client.status == "running" and client.nthreads())
    except (OSError, TimeoutError):
        return False


def _gone(where: str) -> BadInput:
    return BadInput(f"workers: those of {where} were lost before all patients were computed; there is no answer")
