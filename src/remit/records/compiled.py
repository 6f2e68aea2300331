"""Queries of one shape: written with the ORM, compiled to SQL once, then only filled in.

Writing the same SQL anew for every request was two fifths of what a session's page cost. A compiled query is written as
a function that returns a queryset, and is called like any other; it answers with a list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from functools import update_wrapper
from inspect import get_annotations
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.sql.compiler import SQLCompiler

Given = ParamSpec("Given")
Row = TypeVar("Row")
_FIELDS: dict[type, models.Field[Any, Any]] = {
    UUID: models.UUIDField(),
    datetime: models.DateTimeField(),
    date: models.DateField(),
    int: models.BigIntegerField(),
    str: models.TextField(),
}
"""How the database is told a value of each type."""


class _Place(models.Expression):
    """The place of a value that is filled in when the query is made."""

    def __init__(self, place: int, field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.place = place

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        return "%s", (self,)

    def told(self, given: Sequence[Any], connection: Any) -> Any:
        value = given[self.place]
        if value is None:
            # The ORM would have asked for rows that hold null; this SQL would find none at all.
            raise ValueError("a compiled query compares with a value, not with null")
        return self.output_field.get_db_prep_value(value, connection)


class _Statement:
    """A query in the SQL of one kind of database."""

    def __init__(self, queryset: models.QuerySet[Any, Any]) -> None:
        self.queryset: Any = queryset
        self.compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, self.told = self.compiler.as_sql()

    def rows(self, given: Sequence[Any], connection: Any) -> list[Any]:
        told = tuple(one.told(given, connection) if isinstance(one, _Place) else one for one in self.told)
        compiler: Any = copy(self.compiler)
        compiler.connection = connection
        compiler.as_sql = lambda: (self.sql, told)
        return list(self.queryset._iterable_class(_Asked(compiler)))  # noqa: SLF001


class _Asked:
    """What Django needs of a queryset to read the rows of one whose SQL is there already."""

    db = DEFAULT_DB_ALIAS
    _known_related_objects: ClassVar[Mapping[Any, Any]] = {}

    def __init__(self, compiler: SQLCompiler) -> None:
        self.query = self
        self._compiler = compiler

    def get_compiler(self, using: str) -> SQLCompiler:
        return self._compiler


class CompiledQuery(Generic[Given, Row]):
    """A query of one shape. Its values are given by place; `fields` say how the database is told each."""

    def __init__(self, write: Callable[Given, models.QuerySet[Any, Row]], *fields: models.Field[Any, Any]) -> None:
        self._write, self._fields = write, fields
        self._statements: dict[str, _Statement] = {}
        update_wrapper(self, write)

    def __call__(self, *given: Given.args, **none: Given.kwargs) -> list[Row]:
        connection = connections[DEFAULT_DB_ALIAS]
        statement = self._statements.get(connection.vendor)
        if statement is None:
            statement = self._statements[connection.vendor] = self._compiled()
        return statement.rows(given, connection)

    def _compiled(self) -> _Statement:
        write: Callable[..., models.QuerySet[Any, Row]] = self._write
        return _Statement(write(*(_Place(place, field) for place, field in enumerate(self._fields))))


def compiled_query(write: Callable[Given, models.QuerySet[Any, Row]]) -> CompiledQuery[Given, Row]:
    """Turn a function that writes a query into the query, made by calling it; it answers with a list of rows.

    The function is given no values, only their places: it must write the same query for all of them. Each name is
    annotated with the type of its value.
    """
    types = get_annotations(write, eval_str=True)
    return CompiledQuery(write, *(_FIELDS[kind] for name, kind in types.items() if name != "return"))
