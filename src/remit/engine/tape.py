"""Arithmetic written down instead of done: what is the same for everybody is said once, and compiled code repeats it.

The engine's own numpy code runs once on arrays of `Line`s, each of which stands for the numbers of all patients. What
it did is kept as a `Program`, whose steps `worked.worked` takes for many patients side by side.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

(
    TIMES, PLUS_PRODUCT, MINUS_PRODUCT, ADD, SUBTRACT, DIVIDE, STORE, SIZE, HIGHER, LOWER, LEFT, MEAN, EXP, INPUT, ROOT,
    APART, LOG, SET, TURN, VALUE, VECTOR,
) = range(21)  # fmt: skip
_CONSTANT = -1
Node = tuple[int, int, int, float]
"""What is done, to which nodes, and with which number."""


class Line:
    """A number of each patient, which is known later."""

    __slots__ = ("at", "tape")

    def __init__(self, tape: Tape, at: int) -> None:
        self.tape = tape
        self.at = at

    def _with(self, code: int, other: Any, *, turned: bool = False) -> Any:
        one, two = self.at, self.tape.line(other).at
        return self.tape.node(code, two, one) if turned else self.tape.node(code, one, two)

    def __add__(self, other: Any) -> Any:
        return self if _is(other, 0) else self._with(ADD, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self if _is(other, 0) else self._with(SUBTRACT, other)

    def __rsub__(self, other: Any) -> Any:
        return self._with(SUBTRACT, other, turned=True)

    def __mul__(self, other: Any) -> Any:
        if _is(other, 0):
            return 0.0
        return self if _is(other, 1) else self._with(TIMES, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return self if _is(other, 1) else self._with(DIVIDE, other)

    def __rtruediv__(self, other: Any) -> Any:
        return 0.0 if _is(other, 0) else self._with(DIVIDE, other, turned=True)

    def __neg__(self) -> Any:
        return self._with(SUBTRACT, 0.0, turned=True)

    def __abs__(self) -> Any:
        return self.tape.node(SIZE, self.at)

    def __pow__(self, power: float) -> Any:
        return (self.log() * power).exp()

    def exp(self) -> Any:
        """What `np.exp` calls; `log`, `log1p` and `sqrt` likewise."""
        return self.tape.node(EXP, self.at)

    def log(self) -> Any:
        """Its natural logarithm."""
        return self.tape.node(LOG, self.at)

    def log1p(self) -> Any:
        """That of 1 and it."""
        return (1.0 + self).log()

    def sqrt(self) -> Any:
        """Its square root."""
        return self.tape.node(ROOT, self.at)


def _is(value: Any, number: float) -> bool:
    return not isinstance(value, Line) and value == number


class Tape:
    """What was done, each thing once."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.known: dict[Node, int] = {}
        self.inputs: list[str] = []
        self.turns: list[list[int]] = []

    def node(self, code: int, one: int = -1, two: int = -1, number: float = 0.0) -> Line:
        """A step, or the same one that was taken before."""
        if code in (ADD, TIMES) and one > two:
            one, two = two, one
        key = (code, one, two, number)
        if key not in self.known:
            self.known[key] = len(self.nodes)
            self.nodes.append(key)
        return Line(self, self.known[key])

    def line(self, value: Any) -> Line:
        """A number that is the same for everybody, or the line itself."""
        return value if isinstance(value, Line) else self.node(_CONSTANT, number=float(value))

    def input(self, key: str) -> Line:
        """Each patient's normal number of that name."""
        if key not in self.inputs:
            self.inputs.append(key)
        return self.node(INPUT, self.inputs.index(key))

    def turned(self, symmetric: Sequence[Sequence[Any]]) -> tuple[list[Line], list[list[Line]]]:
        """The eigenvalues of a symmetric matrix, rising, and their vectors."""
        size, turn = len(symmetric), len(self.turns)
        self.turns.append([self.line(each).at for row in symmetric for each in row])
        values = [self.node(VALUE, turn, at) for at in range(size)]
        return values, [[self.node(VECTOR, turn, row * size + at) for at in range(size)] for row in range(size)]


def recorded(*arrays: Any) -> bool:
    """Whether arithmetic with these arrays is written down."""
    return any(isinstance(each, np.ndarray) and each.dtype == object for each in arrays)


def _each(does: Callable[..., Any], *arrays: Any) -> Any:
    return np.frompyfunc(does, len(arrays), 1)(*arrays)


def _tape(*values: Any) -> Tape | None:
    return next((each.tape for each in values if isinstance(each, Line)), None)


def _chosen(code: int, plain: Callable[[float, float], float]) -> Callable[[Any, Any], Any]:
    def does(one: Any, other: Any) -> Any:
        tape = _tape(one, other)
        return plain(one, other) if tape is None else tape.node(code, tape.line(one).at, tape.line(other).at)

    return does


_LOWER, _HIGHER = _chosen(LOWER, min), _chosen(HIGHER, max)
_APART = _chosen(APART, lambda one, other: one / other if one else 0.0)


def at_most(one: Any, other: Any) -> Any:
    """The lower of two."""
    return _each(_LOWER, one, other) if recorded(one, other) else np.minimum(one, other)


def at_least(one: Any, other: Any) -> Any:
    """The higher of two."""
    return _each(_HIGHER, one, other) if recorded(one, other) else np.maximum(one, other)


def between(one: Any, low: float, high: float) -> Any:
    """Not lower and not higher than that."""
    return at_most(at_least(one, low), high) if recorded(one) else np.clip(one, low, high)


def apart(one: Any, other: Any) -> Any:
    """How many times the second the first is; 0 where there is nothing of the first."""
    if recorded(one, other):
        return _each(_APART, one, other)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(one == 0, 0.0, one / other)


def root(one: Any) -> Any:
    """The square root."""
    return _each(_rooted, one) if recorded(one) else np.sqrt(one)


def _rooted(one: Any) -> Any:
    return one.sqrt() if isinstance(one, Line) else math.sqrt(one)


def passing(rates: Any, hours: Any) -> tuple[Any, Any]:
    """What is left after a time, and the integral of it: of recorded rates."""
    return _each(lambda each: _passed(LEFT, each, hours), rates), _each(lambda each: _passed(MEAN, each, hours), rates)


def turned(symmetric: Any) -> tuple[Any, Any]:
    """The eigenvalues of a recorded symmetric matrix (size, size, 1), and their vectors by row."""
    tape = _tape(*symmetric.ravel())
    if tape is None:
        raise TypeError("a recorded matrix is needed")
    values, vectors = tape.turned(symmetric[:, :, 0].tolist())
    return np.array(values, object)[:, None], np.array(vectors, object)[:, :, None]


def _passed(code: int, rate: Any, hours: float) -> Any:
    if isinstance(rate, Line):
        return rate.tape.node(code, rate.at, number=float(hours))
    if code == LEFT:
        return math.exp(-rate * hours)
    return -math.expm1(-rate * hours) / rate if rate else hours


@dataclass(frozen=True, slots=True)
class Program:
    """Steps for compiled code; see `worked.worked`."""

    inputs: tuple[str, ...]
    steps: Any
    numbers: Any
    constants: tuple[Any, Any]
    registers: int
    largest: int
    """Compartments that exchange, at most."""
    rows: int


@dataclass(slots=True)
class _Made:
    """A step with the nodes that it needs."""

    code: int
    node: int
    needs: list[int]
    more: int = 0
    number: float = 0.0
    registers: list[int] = field(default_factory=list)


def program(tape: Tape, wanted: Sequence[Any]) -> Program:
    """The steps that lead to these lines, one row each."""
    rows: dict[int, list[int]] = {}
    for row, each in enumerate(wanted):
        rows.setdefault(tape.line(each).at, []).append(row)
    made = _steps(tape, rows)
    steps, constants, registers = _placed(tape, made)
    return Program(
        tuple(tape.inputs),
        np.array(steps, np.int64).reshape(-1, 5),
        np.array([one.number for one in made]),
        (np.array(list(constants.values()), np.int64), np.array([tape.nodes[at][3] for at in constants])),
        max(registers, 1),
        max((math.isqrt(len(each)) for each in tape.turns), default=1),
        len(wanted),
    )


def _needs(tape: Tape, at: int) -> list[int]:
    code, one, two, _ = tape.nodes[at]
    if code in (VALUE, VECTOR):
        return tape.turns[one]
    return [] if code in (_CONSTANT, INPUT) else [each for each in (one, two) if each >= 0]


def _used(tape: Tape, wanted: Sequence[int]) -> dict[int, int]:
    """How often each node is needed, of those that are."""
    found: dict[int, int] = dict.fromkeys(wanted, 2)
    for at in range(len(tape.nodes) - 1, -1, -1):
        for each in _needs(tape, at) if at in found else ():
            found[each] = found.get(each, 0) + 1
    return found


def _steps(tape: Tape, rows: dict[int, list[int]]) -> list[_Made]:
    used = _used(tape, list(rows))
    joined = _joined(tape, used)
    found: list[_Made] = []
    turned = -1
    for at in sorted(used):
        code, one, two, number = tape.nodes[at]
        if code in (VALUE, VECTOR):
            if one != turned:
                turned = one
                found += [_Made(SET, -1, [each], place) for place, each in enumerate(tape.turns[one])]
                found.append(_Made(TURN, -1, [], math.isqrt(len(tape.turns[one]))))
            size = math.isqrt(len(tape.turns[one]))
            found.append(_Made(code, at, [], two * (size + 1) if code == VALUE else two))
        elif code == INPUT:
            found.append(_Made(code, at, [], one))
        elif at in joined:
            found.append(joined[at])
        elif code != _CONSTANT and at not in joined.values_of:
            found.append(_Made(code, at, _needs(tape, at), number=number))
        found += [_Made(STORE, -1, [at], row) for row in rows.get(at, [])]
    return found


class _Joined(dict[int, _Made]):
    """Sums and differences of which a part is a product that nothing else needs: one step."""

    values_of: set[int]


def _joined(tape: Tape, used: dict[int, int]) -> _Joined:
    found = _Joined()
    found.values_of = set()
    for at in used:
        code, one, two, _ = tape.nodes[at]
        if code not in (ADD, SUBTRACT):
            continue
        parts = [(two, one), (one, two)] if code == ADD else [(two, one)]
        for product, rest in parts:
            if tape.nodes[product][0] == TIMES and used[product] == 1 and product != rest:
                needs = [*_needs(tape, product), rest]
                found[at] = _Made(PLUS_PRODUCT if code == ADD else MINUS_PRODUCT, at, needs)
                found.values_of.add(product)
                break
    return found


def _placed(tape: Tape, made: list[_Made]) -> tuple[list[list[int]], dict[int, int], int]:
    """The steps with the registers of what they need and give; the registers of constants; and how many there are."""
    last: dict[int, int] = {}
    for step, one in enumerate(made):
        last |= dict.fromkeys(one.needs, step)
    constants = {at: number for number, at in enumerate(each for each in last if tape.nodes[each][0] == _CONSTANT)}
    place, free, many = dict(constants), list[int](), len(constants)
    found: list[list[int]] = []
    for step, one in enumerate(made):
        needs = [place[each] for each in one.needs]
        to = 0
        if one.node >= 0:
            # Never where something is that this very step needs: vectors are read while they are written.
            if not free:
                free.append(many)
                many += 1
            to = place[one.node] = free.pop()
        found.append([one.code, to, *(needs + [one.more] * 3)[:3]])
        free += [place[each] for each in set(one.needs) if last[each] == step and each not in constants]
    return found, constants, many
