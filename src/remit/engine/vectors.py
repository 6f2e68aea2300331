"""`drawing.weigh` for the compiler, as instructions on vectors that stay in the processor's registers.

From the loops of plain Python numba makes code that reads every coefficient again for every time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from remit.engine import drawing

_WIDE = 8
"""Patients in a vector."""
_ROWS = 6
"""Rows that are added up at once, each with its coefficients in a register."""
_NUMBERS = 9
"""How many whole numbers say where rows are and go: see `_where`."""


def register() -> None:
    """Let numba have it; loads numba."""
    extending = import_module("numba.extending")
    add_up = extending.intrinsic(_add_up)

    def weighed(found: Any, place: Any, rows: Any, first: Any, own: Any, terms: Any, span: Any) -> Callable[..., None]:
        def weigh(found: Any, place: Any, rows: Any, first: Any, own: Any, terms: Any, span: Any) -> None:
            state, time, many, column = place
            begin, end, from_row = span
            into, stride, line = (
                (state * found.shape[1] + time) * found.shape[2] + column,
                found.shape[2],
                rows.shape[1],
            )
            done = begin
            while done < end:
                rest = min(_ROWS, end - done)
                more = 1 if done > begin else 0
                add_up(found, rows, own, terms, (into, stride, line, first, many, from_row, done, rest, more))
                done += rest

        return weigh

    extending.overload(drawing.weigh)(weighed)


def _add_up(typing: Any, found: Any, rows: Any, own: Any, terms: Any, where: Any) -> tuple[Any, Callable[..., Any]]:
    """Some rows of the basis, at most as many as fit in registers, added up: code for each number of rows.

    `where`: the first place in `found` and its stride, the length of a line of `rows` and the first of them, how many,
    the first coefficient and term, how many rows, and whether they are added to what is there.
    """
    types = import_module("numba.core.types")
    signature = types.void(found, rows, own, terms, types.UniTuple(types.intp, _NUMBERS))

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = zip(signature.args[:4], args[:4], strict=True)
        data = [context.make_array(kind)(context, builder, held).data for kind, held in arrays]
        *places, many, more = (builder.extract_value(args[4], at) for at in range(_NUMBERS))
        end = builder.append_basic_block("done")
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


class _Sum:
    """Writes the instructions that add up rows."""

    def __init__(self, builder: Any, data: Sequence[Any], places: Sequence[Any]) -> None:
        ir = import_module("llvmlite.ir")
        self.builder = builder
        self.found, self.rows, self.own, self.terms = data
        self.into, self.stride, self.line, self.first, self.many, self.from_row, self.from_term = places
        self.whole = self.into.type
        self.vector = ir.VectorType(ir.DoubleType(), _WIDE)
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        self.tools = import_module("numba.core.cgutils")
        self.fused = self.tools.get_or_insert_function(builder.module, kind, f"llvm.fma.v{_WIDE}f64")

    def of(self, rows: int, more: bool) -> None:
        """Add up a number of rows, and what is there where `more`."""
        make, lanes = self.builder, range(0, drawing.WIDTH, _WIDE)
        starts = [make.add(self._at(row, 0), make.mul(self.first, self.line)) for row in range(rows)]
        owns = [self._at(row, 1) for row in range(rows)]
        factors = [[self._held(self.own, at, lane) for lane in lanes] for at in owns]
        with self.tools.for_range(make, self.many, intp=self.whole) as time:
            passed = make.mul(time.index, self.line)
            to = make.add(self.into, make.mul(time.index, self.stride))
            for number, lane in enumerate(lanes):
                total = make.load(self._pointer(self.found, to, lane), align=8) if more else None
                for factor, start in zip(factors, starts, strict=True):
                    one = self._held(self.rows, make.add(start, passed), lane)
                    total = (
                        make.call(self.fused, [factor[number], one, total]) if total else make.fmul(factor[number], one)
                    )
                make.store(total, self._pointer(self.found, to, lane), align=8)

    def _at(self, row: int, which: int) -> Any:
        """Where a row of the basis (0) or its coefficient (1) begins."""
        make = self.builder
        at = make.add(make.mul(self.from_term, self.whole(2)), self.whole(2 * row + which))
        term = make.load(make.gep(self.terms, [at]))
        return make.mul(make.add(term, self.from_row) if which else term, self.whole(drawing.WIDTH))

    def _held(self, base: Any, at: Any, lane: int) -> Any:
        """A vector of scratch memory, which begins where a line of the cache does."""
        return self.builder.load(self._pointer(base, at, lane), align=8 * _WIDE)

    def _pointer(self, base: Any, at: Any, lane: int) -> Any:
        place = self.builder.gep(base, [self.builder.add(at, self.whole(lane))])
        return self.builder.bitcast(place, self.vector.as_pointer())
