"""Percentiles from counts: as near as the bins are narrow, and the same whoever counts."""

import json

import numpy as np
import pytest

from remit.cli import main
from remit.engine import bins, blocks, stream
from remit.engine.bins import FLOOR, RELATIVE_ERROR, Bins, keys, middles
from remit.engine.simulate import Plan
from remit.quantities import BadInput
from tests.engine import world

SPREAD = np.random.default_rng(1).normal(0, 6, 4000)


@pytest.mark.parametrize("values", [np.exp(SPREAD), -np.exp(SPREAD), SPREAD])
def test_the_middle_of_a_bin_is_as_near_as_is_said(values):
    assert (np.abs(middles(keys(values)) - values) <= RELATIVE_ERROR * np.abs(values)).all()
    assert (np.diff(keys(np.sort(values))) >= 0).all()


def test_a_bin_is_at_most_a_thousandth_wide():
    edge = np.array([1.0, 1.0 + 0.999 / 1024, 1.0 + 1 / 1024, 2.0, 2.0 - 1e-12])
    assert np.diff(keys(edge)).tolist() == [0, 1, 1023, -1]
    assert RELATIVE_ERROR < 0.0005


def test_what_is_nearer_to_zero_than_the_floor_is_zero():
    numbers = keys(np.array([FLOOR, np.nextafter(FLOOR, 0), 0.0, -np.nextafter(FLOOR, 0), -FLOOR]))
    assert numbers.tolist() == [1, 0, 0, 0, -1]


def counted(parts, rows=1):
    held = Bins(rows)
    for part in parts:
        held.add(part)
    return held


def test_percentiles_are_those_of_the_numbers_within_the_bins():
    values = np.stack([np.exp(SPREAD), SPREAD, np.zeros(4000)])
    found = counted([values], 3).percentiles([5.0, 50.0, 95.0])
    assert np.allclose(found, np.percentile(values, [5, 50, 95], axis=1), rtol=1.01 * RELATIVE_ERROR, atol=0)


def test_the_order_of_those_who_are_counted_changes_nothing():
    values = np.stack([np.exp(SPREAD), SPREAD])
    whole = counted([values], 2).percentiles([5.0, 50.0, 95.0])
    parts = counted(np.split(values[:, ::-1], 16, axis=1), 2)
    assert np.array_equal(parts.percentiles([5.0, 50.0, 95.0]), whole)


@pytest.mark.parametrize("machine_code", [False, True])
def test_what_is_compiled_counts_the_same(monkeypatch, machine_code):
    if not machine_code:
        monkeypatch.setattr(bins, "compiled", lambda: (bins.edges, bins.tally))
    mixed = np.stack([SPREAD, np.where(SPREAD > 0, np.nan, SPREAD), np.full(4000, np.inf), -0.0 * SPREAD])[:, :600]
    plain, fast = Bins(4), Bins(4, fast=True)
    for part in np.split(mixed, 3, axis=1):
        plain.add(part)
        fast.add(part)
    for name in ("low", "wide", "counts", "left_out"):
        assert np.array_equal(getattr(plain, name), getattr(fast, name)), name


def test_who_has_no_such_number_is_left_out():
    held = counted([np.array([[1.0, np.nan, 3.0, np.inf], [np.nan] * 4]), np.array([[2.0], [np.nan]])], 2)
    assert held.left_out.tolist() == [2, 5]
    assert held.percentiles([50.0])[:, 0] == pytest.approx(2.0, rel=RELATIVE_ERROR)
    assert np.isnan(held.percentiles([50.0])[:, 1]).all()


def plan(count):
    times = np.array([0.0, 0.25, 0.7, 2.0, 6.0, 24.0])
    return Plan(world.doses("esketamine", "28 mg @0; 28 mg @5", "intranasal"), world.people(count, seed=2), times)


def test_streaming_is_near_the_kept_numbers_and_the_same_for_any_number_of_workers(monkeypatch):
    monkeypatch.setattr(stream, "EXACT_UP_TO", 99)
    kept, counted = (stream.simulated(world.facts(), plan(many)) for many in (99, 100))
    assert (type(kept).__name__, type(counted).__name__) == ("Result", "Streamed")
    exact = stream.simulate(world.facts(), plan(100))
    for name, held in counted.values.items():
        expected = np.percentile(exact.values[name], [5, 50, 95], axis=0)
        assert np.allclose(held.percentiles([5.0, 50.0, 95.0]), expected, rtol=1.01 * RELATIVE_ERROR, atol=FLOOR)
    monkeypatch.setattr(blocks, "BLOCK", 32)
    again = stream.streamed(world.facts(), plan(100), workers=3)
    for name, held in counted.values.items():
        assert np.array_equal(again.values[name].percentiles([5.0, 50.0]), held.percentiles([5.0, 50.0]))
    assert counted.handed_over == again.handed_over


def test_more_than_can_be_counted_is_refused():
    with pytest.raises(BadInput, match="n: at most 2147483647 patients"):
        stream.streamed(world.facts(), plan(2**31))


ASKED = ["simulate", "--molecule", "esketamine", "--route", "intranasal", "--dose", "28 mg", "--times", "0:60:30 min"]


def test_the_command_says_how_its_percentiles_were_got(capsys, monkeypatch):
    monkeypatch.setattr(stream, "EXACT_UP_TO", 20)
    assert main([*ASKED, "--n", "20", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["percentiles"] == {"from": "every patient", "relative_error": 0.0}
    assert main([*ASKED, "--n", "21", "--workers", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["percentiles"]["from"] == "bins"
    assert main([*ASKED, "--n", "21"]) == 0
    assert "from bins: off by at most 0.05% each" in capsys.readouterr().out


@pytest.mark.parametrize("workers", ["0", "-1", "two", "257", "tcp://host"])
def test_a_number_of_workers_out_of_range_is_refused(capsys, workers):
    assert main([*ASKED, "--workers", workers]) == 2
    assert "workers: a whole number from 1 to 256 is needed" in capsys.readouterr().err
