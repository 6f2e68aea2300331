"""Effects of single studies, against metafor's documented values and at the bounds of each column."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.evidence.effects import (
    COLUMNS,
    Measure,
    double_arcsine,
    effect,
    proportion_of_double_arcsine,
    proportion_of_logit,
)
from remit.quantities import BadInput

COUNTS = st.integers(0, 500)


def of(measure, *values):
    return effect(measure, dict(zip(COLUMNS[measure], values, strict=True)))


@pytest.mark.parametrize(
    ("measure", "values", "estimate", "variance"),
    [
        (Measure.RR, (4, 119, 11, 128), -0.8893, 0.3256),
        (Measure.OR, (4, 119, 11, 128), -0.9387, 0.3571),
        (Measure.SMD, (55, 47, 155, 75, 64, 156), -0.3552, 0.0131),
        (Measure.SMD, (27, 7, 31, 29, 4, 32), -0.3479, 0.0645),
        (Measure.PFT, (3, 11), 1.1391 / 2, 0.0870 / 4),
        (Measure.PFT, (1, 6), 0.9515 / 2, 0.1538 / 4),
        (Measure.MD, (5, 2, 4, 3, 3, 9), 2, 2),
        (Measure.GEN, (-3.8, 1.9321), -3.8, 1.9321),
    ],
)
def test_documented_effects_agree(measure, values, estimate, variance):
    found = of(measure, *values)
    assert found.estimate == pytest.approx(estimate, abs=6e-5)
    assert found.variance == pytest.approx(variance, abs=6e-5)
    assert found.note == ""


@pytest.mark.parametrize("measure", [Measure.RR, Measure.OR, Measure.RD])
def test_a_zero_cell_gets_a_half_in_each_cell_and_says_so(measure):
    filled = of(measure, 0, 10, 3, 9)
    assert "0.5 was added" in filled.note
    assert filled.variance > 0
    assert of(measure, 1, 10, 3, 9).note == ""


def test_two_arms_without_any_event_say_so():
    assert "both arms are alike" in of(Measure.RR, 0, 10, 0, 12).note
    assert "both arms are alike" in of(Measure.OR, 10, 0, 12, 0).note
    assert "both arms are alike" not in of(Measure.RR, 0, 10, 1, 12).note


def test_zero_cells_are_filled_before_the_ratio():
    assert of(Measure.RR, 0, 10, 3, 9).estimate == pytest.approx(math.log((0.5 / 11) / (3.5 / 13)))
    assert of(Measure.PLO, 0, 10).estimate == pytest.approx(math.log(0.5 / 10.5))


@pytest.mark.parametrize(("xi", "share"), [(0, 0.0), (4, 0.4), (9, 0.9), (10, 1.0)])
def test_the_double_arcsine_leads_back_to_the_proportion(xi, share):
    assert proportion_of_double_arcsine(double_arcsine(xi, 10).estimate, 10) == pytest.approx(share, abs=1e-12)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_swapping_the_arms_turns_the_sign(a, b, c, d):
    if not (a + b and c + d):
        return
    for measure in (Measure.RR, Measure.OR, Measure.RD):
        here, there = of(measure, a, b, c, d), of(measure, c, d, a, b)
        assert here.estimate == pytest.approx(-there.estimate, abs=1e-12)
        assert here.variance == pytest.approx(there.variance)


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(0.1, 30), st.integers(2, 300), st.integers(2, 300))
def test_hedges_g_has_no_unit(m1, m2, sd, n1, n2):
    one = of(Measure.SMD, m1, sd, n1, m2, sd, n2)
    other = of(Measure.SMD, 7 * m1 + 3, 7 * sd, n1, 7 * m2 + 3, 7 * sd, n2)
    assert one.estimate == pytest.approx(other.estimate, rel=1e-9, abs=1e-9)


@given(st.floats(-700, 700))
def test_a_proportion_lies_between_0_and_1(value):
    assert 0 <= proportion_of_logit(value) <= 1


@pytest.mark.parametrize(
    ("measure", "values", "said"),
    [
        (Measure.RR, (-1, 2, 3, 4), "ai: 0 or more is needed, not -1"),
        (Measure.RR, (1.5, 2, 3, 4), "ai: a whole number is needed, not 1.5"),
        (Measure.RR, (0, 0, 3, 4), "ai + bi: an arm of at least 1 is needed, not 0"),
        (Measure.OR, (1, 2, math.inf, 4), "ci: a finite number is needed, not inf"),
        (Measure.GEN, (1, 0), "vi: more than 0 is needed, not 0"),
        (Measure.GEN, (1, -0.1), "vi: more than 0 is needed, not -0.1"),
        (Measure.MD, (1, 0, 9, 1, 1, 9), "sd1i: more than 0 is needed, not 0"),
        (Measure.SMD, (1, 1, 1, 1, 1, 9), "n1i: 2 or more is needed, not 1"),
        (Measure.PLO, (5, 4), "xi: at most ni (4) is needed, not 5"),
        (Measure.PFT, (0, 0), "ni: 1 or more is needed, not 0"),
    ],
)
def test_a_number_that_its_column_cannot_hold_is_refused(measure, values, said):
    with pytest.raises(BadInput, match=f"^{re.escape(said)}"):
        of(measure, *values)


def test_the_last_numbers_that_pass():
    assert of(Measure.PLO, 4, 4).note
    assert of(Measure.SMD, 1, 1, 2, 1, 1, 2).estimate == 0
    assert of(Measure.RR, 1, 0, 0, 1).note
