"""Three inner loops for the compiler, as instructions on vectors that stay in the processor's registers.

From the loops of plain Python, as they stand in `drawing.weigh`, `tracing.highest` and `tracing.put_past`, numba makes
code that reads every coefficient again for every time, and fetches memory that is only written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any

from remit.engine import drawing, tracing
from remit.engine.kernels import LANES

_WIDE = 8
"""Patients in a vector."""
_ABREAST = 2
"""Vectors of patients that go together."""
_ROWS = 6
"""Rows that are added up at once, each with its coefficients in a register."""
_NUMBERS = 9
"""How many whole numbers say where rows are and go: see `_add_up`."""


def register() -> None:
    """Let numba have them; loads numba."""
    extending = import_module("numba.extending")
    add_up, highest, past = (extending.intrinsic(each) for each in (_add_up, _highest, _past))

    def weighed(found: Any, place: Any, rows: Any, first: Any, own: Any, terms: Any, span: Any) -> Callable[..., None]:
        def weigh(found: Any, place: Any, rows: Any, first: Any, own: Any, terms: Any, span: Any) -> None:
            state, time, many, column = place
            begin, end, from_row = span
            into, stride, line = (
                (state * found.shape[1] + time) * found.shape[2] + column,
                found.shape[2],
                rows.shape[1] * rows.shape[2],
            )
            done = begin
            while done < end:
                rest = min(_ROWS, end - done)
                more = 1 if done > begin else 0
                add_up(found, rows, own, terms, (into, stride, line, first, many, from_row, done, rest, more))
                done += rest

        return weigh

    def of_highest(top: Any, curve: Any, many: Any, sign: Any) -> Callable[..., None]:
        def does(top: Any, curve: Any, many: Any, sign: Any) -> None:
            highest(top, curve, many, sign)

        return does

    def put_past(found: Any, to: Any, curve: Any, begin: Any) -> Callable[..., None]:
        def does(found: Any, to: Any, curve: Any, begin: Any) -> None:
            past(found, to, curve, begin)

        return does

    extending.overload(drawing.weigh)(weighed)
    extending.overload(tracing.highest)(of_highest)
    extending.overload(tracing.put_past)(put_past)


def _add_up(typing: Any, found: Any, rows: Any, own: Any, terms: Any, where: Any) -> tuple[Any, Callable[..., Any]]:
    """Some rows of the basis, at most as many as fit in registers, added up: code for each number of rows.

    `where`: the first place in `found` and its stride, the length of a row and its first time, how many times, the
    first coefficient and term, how many rows, and whether they are added to what is there.
    """
    types = import_module("numba.core.types")
    signature = types.void(found, rows, own, terms, types.UniTuple(types.intp, _NUMBERS))

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        *places, many, more = (builder.extract_value(args[4], at) for at in range(_NUMBERS))
        data, end = _data(context, builder, signature, args, range(4)), builder.append_basic_block("done")
        switch = builder.switch(builder.add(many, builder.mul(more, more.type(_ROWS))), end)
        for number in range(1, 2 * _ROWS + 1):
            block = builder.append_basic_block(f"rows{number}")
            switch.add_case(many.type(number), block)
            builder.position_at_end(block)
            _Sum(builder, data, places).of((number - 1) % _ROWS + 1, number > _ROWS)
            builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return signature, code


def _highest(typing: Any, top: Any, curve: Any, many: Any, sign: Any) -> tuple[Any, Callable[..., Any]]:
    """`tracing.highest`, each patient's in a register."""
    types = import_module("numba.core.types")
    signature = types.void(top, curve, types.intp, types.float64)

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found, held = _data(context, builder, signature, args, range(2))
        vectors, tools = _Vectors(builder), import_module("numba.core.cgutils")
        signs = vectors.all_of(args[3])
        kept = [tools.alloca_once(builder, vectors.kind) for _ in vectors.lanes]
        for place, lane in zip(kept, vectors.lanes, strict=True):
            builder.store(builder.fmul(signs, vectors.held(held, args[2].type(0), lane)), place)
        with tools.for_range(builder, args[2], start=args[2].type(1), intp=args[2].type) as time:
            at = builder.mul(time.index, args[2].type(LANES))
            for place, lane in zip(kept, vectors.lanes, strict=True):
                most, one = builder.load(place), builder.fmul(signs, vectors.held(held, at, lane))
                builder.store(builder.select(builder.fcmp_ordered(">", one, most), one, most), place)
        for place, lane in zip(kept, vectors.lanes, strict=True):
            builder.store(builder.load(place), vectors.pointer(found, args[2].type(0), lane), align=8 * _WIDE)
        return context.get_dummy_value()

    return signature, code


def _past(typing: Any, found: Any, to: Any, curve: Any, begin: Any) -> tuple[Any, Callable[..., Any]]:
    """`tracing.put_past`, by instructions that don't fetch what they write over.

    Another thread sees it after a lock is taken, as the interpreter does when compiled code returns.
    """
    types = import_module("numba.core.types")
    signature = types.void(found, types.intp, curve, types.intp)

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        ir = import_module("llvmlite.ir")
        into, held = _data(context, builder, signature, args, (0, 2))
        vectors, past = _Vectors(builder), builder.module.add_metadata([ir.IntType(32)(1)])
        for lane in vectors.lanes:
            one = vectors.held(held, args[3], lane)
            builder.store(one, vectors.pointer(into, args[1], lane), align=8 * _WIDE).set_metadata("nontemporal", past)
        return context.get_dummy_value()

    return signature, code


def _data(context: Any, builder: Any, signature: Any, args: Any, arrays: Sequence[int]) -> list[Any]:
    """Where these arguments begin in memory."""
    return [context.make_array(signature.args[at])(context, builder, args[at]).data for at in arrays]


class _Vectors:
    """Vectors of scratch memory, of which each row begins where a line of the cache does."""

    def __init__(self, builder: Any) -> None:
        ir = import_module("llvmlite.ir")
        self.builder = builder
        self.kind = ir.VectorType(ir.DoubleType(), _WIDE)
        self.lanes = range(0, LANES, _WIDE)

    def all_of(self, number: Any) -> Any:
        """A vector of one number."""
        ir = import_module("llvmlite.ir")
        found = ir.Constant(self.kind, ir.Undefined)
        for at in range(_WIDE):
            found = self.builder.insert_element(found, number, ir.IntType(32)(at))
        return found

    def held(self, base: Any, at: Any, lane: int) -> Any:
        """What stands there."""
        return self.builder.load(self.pointer(base, at, lane), align=8 * _WIDE)

    def pointer(self, base: Any, at: Any, lane: int) -> Any:
        """Where a patient's number is in the row that begins there."""
        place = self.builder.gep(base, [self.builder.add(at, at.type(lane))])
        return self.builder.bitcast(place, self.kind.as_pointer())


class _Sum:
    """Writes the instructions that add up rows."""

    def __init__(self, builder: Any, data: Sequence[Any], places: Sequence[Any]) -> None:
        ir = import_module("llvmlite.ir")
        self.builder, self.vectors = builder, _Vectors(builder)
        self.found, self.rows, self.own, self.terms = data
        self.into, self.stride, self.line, self.first, self.many, self.from_row, self.from_term = places
        self.whole = self.into.type
        kind = ir.FunctionType(self.vectors.kind, [self.vectors.kind] * 3)
        self.tools = import_module("numba.core.cgutils")
        self.fused = self.tools.get_or_insert_function(builder.module, kind, f"llvm.fma.v{_WIDE}f64")

    def of(self, rows: int, more: bool) -> None:
        """Add up a number of rows, and what is there where `more`; as many patients at once as registers hold."""
        make = self.builder
        starts, owns = [self._row(row) for row in range(rows)], [self._own(row) for row in range(rows)]
        for lanes in self._groups():
            factors = [[self.vectors.held(self.own, at, lane) for lane in lanes] for at in owns]
            with self.tools.for_range(make, self.many, intp=self.whole) as time:
                passed = make.mul(make.add(self.first, time.index), self.whole(LANES))
                to = make.add(self.into, make.mul(time.index, self.stride))
                for number, lane in enumerate(lanes):
                    into = self.vectors.pointer(self.found, to, lane)
                    total = make.load(into, align=8) if more else None
                    for factor, start in zip(factors, starts, strict=True):
                        own, one = factor[number], self.vectors.held(self.rows, make.add(start, passed), lane)
                        total = make.call(self.fused, [own, one, total]) if total else make.fmul(own, one)
                    make.store(total, into, align=8)

    def _groups(self) -> Iterator[Sequence[int]]:
        every = self.vectors.lanes
        return (every[begin : begin + _ABREAST] for begin in range(0, len(every), _ABREAST))

    def _row(self, row: int) -> Any:
        """Where a row of the basis begins."""
        return self.builder.mul(self._term(row, 0), self.line)

    def _own(self, row: int) -> Any:
        """Where its coefficients begin."""
        return self.builder.mul(self.builder.add(self._term(row, 1), self.from_row), self.whole(LANES))

    def _term(self, row: int, which: int) -> Any:
        make = self.builder
        at = make.add(make.mul(self.from_term, self.whole(2)), self.whole(2 * row + which))
        return make.load(make.gep(self.terms, [at]))
