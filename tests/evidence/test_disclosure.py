"""Nothing that leaves a clinic tells of a few people: not by itself, nor by totals, complements or a later release."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from remit.evidence.disclosure import COLUMNS, FLOOR, ArmRow, closed, new_rows, table
from remit.evidence.own_results import Arm, Quarter, Standing
from remit.quantities import BadInput
from tests.evidence.treated import IV, REMITTED, RESPONDED, SPRAY, STAYED, UNSEEN, WINDOW, course, many, stands

QUARTERS = [Quarter(2025, n) for n in (1, 2, 3, 4)]
DAYS = [datetime(2025, month, 10, 10, tzinfo=UTC) for month in (1, 4, 7, 10)]
"""A first dose in each quarter."""
LATER = date(2026, 6, 1)
ARMS = (IV, SPRAY)
FATES = (RESPONDED, STAYED, UNSEEN)

Counts = tuple[int, int, int]
"""Responders, others and unscored of one arm in one quarter."""
CELLS = st.lists(st.tuples(*[st.integers(0, 12)] * 3), min_size=8, max_size=8)


def clinic(cells: Sequence[Counts]) -> list[Standing]:
    """A clinic of two arms over four quarters."""
    people = [
        one
        for at, ((arm, day), counts) in enumerate(zip(itertools.product(ARMS, DAYS), cells, strict=True))
        for fate, count in enumerate(counts)
        for one in many(count, f"p{at}-{fate}-", FATES[fate], arm, first=day)
    ]
    return stands(*people, asof=datetime(2026, 6, 1, tzinfo=UTC))


def released(held: Sequence[Standing], before: Sequence[ArmRow] = (), today: date = LATER) -> list[ArmRow]:
    return [*before, *new_rows(held, before, WINDOW, today, FLOOR)] if held else [*before]


def quarters_of(row: ArmRow) -> list[int]:
    return [at for at, quarter in enumerate(QUARTERS) if row.first_quarter <= quarter <= row.last_quarter]


def known_sums(rows: Sequence[ArmRow]) -> tuple[np.ndarray, np.ndarray]:
    """What an attacker knows, as a linear system over the eight cells of three counts: every published number, every
    complement of two, and the totals over arms, over rows and over all."""
    sums, values = [], []

    def add(where: Sequence[tuple[int, int, int]], value: int) -> None:
        one = np.zeros((2, 4, 3))
        for place in where:
            one[place] = 1
        sums.append(one.ravel())
        values.append(value)

    for row in rows:
        arm = ARMS.index((row.molecule, row.route))
        places = [(arm, quarter) for quarter in quarters_of(row)]
        add([(*place, 0) for place in places], row.responders)
        add([(*place, 1) for place in places], row.scored - row.responders)
        add([(*place, kind) for place in places for kind in (0, 1)], row.scored)
        if row.treated is not None:
            add([(*place, kind) for place in places for kind in (0, 1, 2)], row.treated)
    if sums:
        sums.append(np.sum(sums, axis=0))
        values.append(sum(values))
    return np.array(sums).reshape(-1, 24), np.array(values, dtype=float)


def feasible(rows: Sequence[ArmRow]) -> list[tuple[float, float]]:
    """Between which ends each of the 24 cells can lie, for all that the attacker knows."""
    sums, values = known_sums(rows)
    ends = []
    for cell in range(24):
        one = np.zeros(24)
        one[cell] = 1
        low, high = (
            linprog(sign * one, A_eq=sums if len(sums) else None, b_eq=values if len(sums) else None, bounds=(0, 999))
            for sign in (1, -1)
        )
        ends.append((low.fun, -high.fun))
    return ends


@settings(max_examples=8, deadline=None)
@given(CELLS, st.integers(0, 3))
def test_an_attacker_with_totals_complements_and_two_releases_determines_no_small_cell(
    cells: list[Counts], first_release: int
) -> None:
    held = clinic(cells)
    early = date(2026, 2, 10) if first_release == 3 else date(2025, 3 * first_release + 5, 10)
    rows = released(held, released(held, today=early))
    for count, (low, high) in zip(np.array(cells).ravel(), feasible(rows), strict=True):
        if 0 < count < FLOOR:
            assert high - low >= FLOOR - 1e-6, (cells, count, low, high)


@settings(max_examples=15, deadline=None)
@given(CELLS)
def test_no_count_that_leaves_and_no_complement_of_one_is_small(cells: list[Counts]) -> None:
    for row in released(clinic(cells)):
        counts = [row.scored, row.responders, row.scored - row.responders]
        counts += [] if row.treated is None else [row.treated, row.treated - row.scored]
        if row.remitters is not None:
            counts += [row.remitters, row.scored - row.remitters, row.responders - row.remitters]
        assert not [count for count in counts if 0 < count < FLOOR]
        assert row.scored >= 2 * FLOOR


@settings(max_examples=10, deadline=None)
@given(CELLS, CELLS)
def test_what_has_left_stays_and_a_later_release_is_of_other_people(now: list[Counts], then: list[Counts]) -> None:
    """Between two releases the record is corrected at will; the difference of the two is whole new rows."""
    first = released(clinic(now), today=date(2025, 12, 1))
    second = released(clinic(then), first)
    assert second[: len(first)] == first
    for one, other in itertools.combinations(second, 2):
        if one.arm == other.arm:
            assert one.last_quarter < other.first_quarter or other.last_quarter < one.first_quarter
    again = released(clinic(then), second)
    assert again == second


def test_releasing_each_quarter_or_once_a_year_gives_the_same_rows() -> None:
    held = clinic([(3, 4, 1), (6, 5, 0), (2, 9, 6), (8, 8, 2)] * 2)
    rows: list[ArmRow] = []
    for today in (date(2025, 6, 1), date(2025, 9, 1), date(2025, 12, 1), LATER):
        rows = released(held, rows, today)
    assert sorted(rows, key=repr) == sorted(released(held), key=repr)
    assert [(row.arm.molecule, row.responders, row.scored) for row in rows if row.arm.molecule == "ketamine"] == [
        ("ketamine", 9, 18), ("ketamine", 10, 27),
    ]  # fmt: skip


def test_a_quarter_that_is_too_small_waits_for_the_next() -> None:
    (row,) = released(clinic([(4, 5, 0), (1, 1, 0), *[(0, 0, 0)] * 6]))
    assert (row.first_quarter, row.last_quarter, row.responders, row.scored) == (QUARTERS[0], QUARTERS[1], 5, 11)


@pytest.mark.parametrize(
    ("counts", "leaves"),
    [
        ((5, 5, 0), True),
        ((4, 6, 0), False),
        ((6, 4, 0), False),
        ((0, 10, 0), True),
        ((0, 9, 0), False),
        ((10, 0, 0), True),
    ],
)
def test_a_count_leaves_when_it_is_nobody_or_not_a_few(counts: Counts, leaves: bool) -> None:
    assert bool(released(clinic([counts, *[(0, 0, 0)] * 7]))) is leaves


@pytest.mark.parametrize(("unscored", "treated"), [(0, 12), (1, None), (4, None), (5, 17)])
def test_the_number_treated_is_withheld_where_only_a_few_were_not_scored(unscored: int, treated: int | None) -> None:
    (row,) = released(clinic([(6, 6, unscored), *[(0, 0, 0)] * 7]))
    assert row.treated == treated


@pytest.mark.parametrize(("remitted", "published"), [(0, 0), (2, None), (5, 5), (7, None), (10, 10)])
def test_the_number_of_remitters_is_withheld_where_a_few_would_show(remitted: int, published: int | None) -> None:
    people = [*many(10 - remitted, "a", RESPONDED), *many(remitted, "b", REMITTED), *many(10, "c", STAYED)]
    (row,) = new_rows(stands(*people), [], WINDOW, LATER, FLOOR)
    assert row.remitters == published


def test_what_everybody_shares_is_nobodys_mean() -> None:
    alike = released(clinic([(0, 10, 0), *[(0, 0, 0)] * 7]))[0]
    assert (alike.change_mean, alike.change_sd) == (None, None)
    apart = released(clinic([(5, 5, 0), *[(0, 0, 0)] * 7]))[0]
    assert (apart.change_mean, apart.change_sd) == (-7.0, 4.2)


@pytest.mark.parametrize(("today", "is_closed"), [(date(2025, 5, 5), False), (date(2025, 5, 6), True)])
def test_a_quarter_is_closed_when_everybodys_follow_up_is_over(today: date, is_closed: bool) -> None:
    assert closed(QUARTERS[0], WINDOW, today) is is_closed


def test_who_came_twice_is_in_one_row() -> None:
    people = many(10, "a", RESPONDED, first=DAYS[0]) + many(10, "a", STAYED, first=DAYS[1])
    rows = new_rows(stands(*people), [], WINDOW, LATER, FLOOR)
    assert [(row.responders, row.scored) for row in rows] == [(10, 10)]


@pytest.mark.parametrize("least", [FLOOR - 1, 0, -3])
def test_no_clinic_goes_below_the_floor(least: int) -> None:
    with pytest.raises(BadInput, match=f"{FLOOR} or more is needed, not {least}"):
        new_rows(clinic([(9, 9, 0)] * 8), [], WINDOW, LATER, least)


def test_a_second_scale_of_the_same_people_does_not_leave() -> None:
    from dataclasses import replace

    held = clinic([(9, 9, 0)] * 8)
    other = [replace(row, scale="MADRS") for row in released(held)]
    with pytest.raises(BadInput, match="scale: MADRS is needed, not PHQ9"):
        new_rows(held, other, WINDOW, LATER, FLOOR)


def test_a_row_reads_back_as_it_was_kept() -> None:
    for row in released(clinic([(6, 6, 1), (9, 5, 0)] * 4)):
        assert ArmRow.read(row.as_dict()) == row


def test_the_table_has_the_columns_that_are_pooled_and_no_day() -> None:
    rows = table(released(clinic([(6, 6, 1)] * 8)), "Harbour Clinic", synthetic=True)
    assert all(tuple(row) == COLUMNS for row in rows)
    first = rows[0]
    assert (first["xi"], first["ni"], first["synthetic"], first["clinic"]) == (6, 12, "yes", "Harbour Clinic")
    assert first["study"] == "Harbour Clinic esketamine intranasal mdd_trd 2025-Q1"
    assert (first["yi"], first["vi"]) == (first["change_mean"], round(first["change_sd"] ** 2 / 12, 6))
    assert not [value for row in rows for value in row.values() if isinstance(value, date)]


def test_a_row_without_the_count_that_is_asked_for_is_left_out_of_the_table() -> None:
    people = [*many(8, "a", RESPONDED), *many(2, "b", REMITTED), *many(10, "c", STAYED)]
    rows = new_rows(stands(*people), [], WINDOW, LATER, FLOOR)
    assert len(table(rows, "Here", synthetic=False)) == 1
    assert table(rows, "Here", synthetic=False, outcome="remission") == []
    with pytest.raises(BadInput, match="outcome: one of response, remission is needed, not 'cure'"):
        table(rows, "Here", synthetic=False, outcome="cure")


def test_an_arm_is_named_by_molecule_route_and_indication() -> None:
    assert {row.arm for row in released(clinic([(9, 9, 0)] * 8))} == {Arm(*one, "mdd_trd") for one in ARMS}
    assert new_rows(stands(course("a", RESPONDED)), [], WINDOW, LATER, FLOOR) == []
