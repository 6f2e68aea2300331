"""How an act runs: check the right, load, decide, store and audit in one transaction, anchor, then answer.

An act is a function whose first argument is who acts. `@act` is for acts of a whole clinic, `@act_on` for acts on one
row, which is named by its id and handed over loaded:

    @act_on(Session, "sign", right=rights.may_sign)
    def sign(actor: Actor, session: Session, at: datetime) -> Signature: ...

    sign(actor, session_id, at)
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from rules.predicates import Predicate

from remit import acts as package
from remit.acts import audit
from remit.acts.actors import Actor, NotHere, Refused
from remit.acts.audit import Happening
from remit.acts.clock import now
from remit.acts.rights import patient_of
from remit.records.compiled import CompiledQuery
from remit.records.models import AuditRow
from remit.records.models.base import kept_listener
from remit.records.models.history import acting_account
from remit.records.seal import row_seal

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Act:
    """One act as the authorisation matrix lists it. `on` is the table of the row it is done to, where there is one."""

    name: str
    right: Predicate
    call: Callable[..., Any]
    on: type[models.Model] | None = None
    reads: bool = False
    audited: bool = True
    related: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """Who may do it, in words."""
        return _first_line(self.right)

    def allows(self, actor: Actor, thing: Any = None) -> bool:
        """True where this person may do it, to this thing."""
        return bool(self.right.test(actor, thing))


_SEALS_OF_A_ROW = 500

ACTS: dict[str, Act] = {}
"""Every act by its name, complete after `load_acts()`."""


def load_acts() -> dict[str, Act]:
    """Import every module of acts and return all that they hold."""
    for found in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{found.name}")
    return ACTS


def act(
    name: str, *, right: Predicate, reads: bool = False, audited: bool = True
) -> Callable[[Callable[Concatenate[Actor, P], R]], Callable[Concatenate[Actor, P], R]]:
    """Make a function an act of the clinic that the actor works in.

    `reads`: it changes nothing. `audited=False` is for the poll of a page whose opening was audited.
    """

    def decorate(function: Callable[Concatenate[Actor, P], R]) -> Callable[Concatenate[Actor, P], R]:
        @wraps(function)
        def call(actor: Actor, /, *args: P.args, **options: P.kwargs) -> R:
            return _run(ACTS[name], actor, None, lambda _: function(actor, *args, **options))

        _register(Act(name, right, call, None, reads, audited))
        return call

    return decorate


def act_on(
    model: type[T],
    name: str,
    *,
    right: Predicate,
    reads: bool = False,
    audited: bool = True,
    related: tuple[str, ...] = (),
) -> Callable[[Callable[Concatenate[Actor, T, P], R]], Callable[Concatenate[Actor, UUID | str | int, P], R]]:
    """Make a function an act on one row, which is named by its id and loaded (and locked, unless it only reads).

    `related` names what is loaded along with it.
    """

    def decorate(
        function: Callable[Concatenate[Actor, T, P], R],
    ) -> Callable[Concatenate[Actor, UUID | str | int, P], R]:
        @wraps(function)
        def call(actor: Actor, key: UUID | str | int, /, *args: P.args, **options: P.kwargs) -> R:
            return _run(ACTS[name], actor, key, lambda row: function(actor, row, *args, **options))

        _register(Act(name, right, call, model, reads, audited, related))
        return call

    return decorate


@contextmanager
def setting_up(actor: Actor, action: str) -> Iterator[None]:
    """Store many things as one act that checks no right: a new clinic, the demo's people. Never for a page."""
    underway = _UnderWay(reads=False, current=Happening(action, actor.account_id, actor.clinic_id))
    with transaction.atomic():
        with _within(underway, actor):
            yield
        audit.append(underway.happenings)


def note(subject: models.Model | None = None, *, patient: UUID | None = None, **detail: Any) -> None:
    """Say more in the audit row of the act under way: what it was done to, whose record, and details."""
    happening = _under_way().current
    if subject is not None:
        _name_subject(happening, subject)
    happening.patient_id = patient or happening.patient_id
    happening.detail |= detail


@dataclass(slots=True)
class _UnderWay:
    """The outermost act that is running, and what has happened in it."""

    reads: bool
    current: Happening
    happenings: list[Happening] = field(init=False)

    def __post_init__(self) -> None:
        self.happenings = [self.current]

    def keep(self, rows: Iterable[models.Model]) -> None:
        """Seal append-only rows in the audit row of the act that stored them."""
        for row in rows:
            if not isinstance(row, AuditRow):
                self._make_room()
                self.current.kept.setdefault(_name(type(row)), {})[str(row.pk)] = row_seal(row)

    def _make_room(self) -> None:
        """Begin another audit row of the same act when this one is full."""
        full = self.current
        if sum(map(len, full.kept.values())) >= _SEALS_OF_A_ROW:
            self.current = Happening(full.action, full.account_id, full.clinic_id, full.subject_type, full.subject_id)
            self.current.patient_id = full.patient_id
            self.happenings.append(self.current)


_running: ContextVar[_UnderWay | None] = ContextVar("running_act", default=None)


def is_under_way() -> bool:
    """True inside an act: what is stored now is taken back if the act fails."""
    return _running.get() is not None


def _under_way() -> _UnderWay:
    running = _running.get()
    if running is None:
        raise RuntimeError("no act is under way")
    return running


def _register(made: Act) -> None:
    if made.name in ACTS:
        raise ValueError(f"act {made.name}: there are two of this name")
    if not (made.audited or made.reads):
        raise ValueError(f"act {made.name}: what writes is audited")
    if not _first_line(made.right):
        raise ValueError(f"act {made.name}: its right says nothing; a named rule with a docstring is needed")
    ACTS[made.name] = made


def _first_line(right: Predicate) -> str:
    return (right.fn.__doc__ or "").strip().partition("\n")[0]


def _run(made: Act, actor: Actor, key: Any, do: Callable[[Any], R]) -> R:
    running = _running.get()
    if running is not None:
        return _run_inside(running, made, actor, key, do)
    happening = _happening(made, actor)
    try:
        return _read(made, actor, key, do, happening) if made.reads else _write(made, actor, key, do, happening)
    except Refused as refused:
        happening.detail["refused"] = list(refused.reasons)
        happening.kept.clear()
        audit.record(happening)
        raise


def _write(made: Act, actor: Actor, key: Any, do: Callable[[Any], R], happening: Happening) -> R:
    with transaction.atomic():
        underway = _UnderWay(reads=False, current=happening)
        with _within(underway, actor):
            answer = do(_admit(made, actor, key, happening))
        if made.audited:
            audit.append(underway.happenings)
    return answer


def _read(made: Act, actor: Actor, key: Any, do: Callable[[Any], R], happening: Happening) -> R:
    # Reading takes no lock; only the audit row is written, before anybody is answered.
    underway = _UnderWay(reads=True, current=happening)
    with _within(underway, actor):
        answer = do(_admit(made, actor, key, happening))
    if made.audited:
        audit.record(happening)
    return answer


def _run_inside(outer: _UnderWay, made: Act, actor: Actor, key: Any, do: Callable[[Any], R]) -> R:
    """An act that another act does: the same transaction, an audit row of its own."""
    if outer.reads and not made.reads:
        raise RuntimeError(f"act {made.name} writes and cannot run inside an act that only reads")
    happening = _happening(made, actor)
    # The outer act may take long, as when a clinic is set up: what is done within it has its own time.
    happening.at = now()
    enclosing, before = outer.current, len(outer.happenings)
    outer.current = happening
    outer.happenings.append(happening)
    try:
        with transaction.atomic():
            return do(_admit(made, actor, key, happening))
    except BaseException:
        # What it stored is rolled back, also where the outer act goes on.
        del outer.happenings[before:]
        raise
    finally:
        outer.current = enclosing


@contextmanager
def _within(underway: _UnderWay, actor: Actor) -> Iterator[None]:
    running, listener = _running.set(underway), kept_listener.set(underway.keep)
    account = acting_account.set(actor.account_id)
    try:
        yield
    finally:
        _running.reset(running)
        kept_listener.reset(listener)
        acting_account.reset(account)


def _admit(made: Act, actor: Actor, key: Any, happening: Happening) -> Any:
    """The row that the act is done to, once the right is checked."""
    if made.on is None:
        _check(made, actor, None)
        return None
    happening.subject_type, happening.subject_id = _name(made.on), str(key)[:64]
    row = _load(made, actor, key)
    _name_subject(happening, row)
    _check(made, actor, row)
    return row


def _check(made: Act, actor: Actor, thing: Any) -> None:
    if not made.allows(actor, thing):
        raise Refused(made.name, [made.says])


def _load(made: Act, actor: Actor, key: Any) -> models.Model:
    """The row of this id in the actor's clinic; one of another clinic is as unknown as one that never was."""
    model: Any = made.on
    try:
        found = _row_of(model, made.related, made.reads)(key, actor.clinic_id)
    except (ValueError, ValidationError):
        found = []
    if not found:
        raise NotHere(made.name, [f"{model._meta.verbose_name}: there is none of this id here"])
    return found[0]


@cache
def _row_of(model: Any, related: tuple[str, ...], reads: bool) -> CompiledQuery[..., models.Model]:
    """The query for a row by its id and its clinic, where it has one; an act that writes locks it."""
    rows = model._default_manager.select_related(*related) if related else model._default_manager.all()
    if not reads:
        rows = rows.select_for_update(no_key=True, of=("self",))
    of_a_clinic = any(column.name == "clinic" for column in model._meta.concrete_fields)

    def by_id(key: object, clinic: object) -> models.QuerySet[Any]:
        return rows.filter(pk=key, clinic_id=clinic) if of_a_clinic else rows.filter(pk=key)

    return CompiledQuery(by_id, model._meta.pk, models.UUIDField())


def _happening(made: Act, actor: Actor) -> Happening:
    return Happening(made.name, actor.account_id, actor.clinic_id)


def _name_subject(happening: Happening, subject: models.Model) -> None:
    happening.subject_type = _name(type(subject))
    happening.subject_id = str(subject.pk)
    happening.patient_id = patient_of(subject) or happening.patient_id


def _name(model: type[models.Model]) -> str:
    return str(model._meta.model_name)
