"""Network meta-analysis against the published diabetes example, and what a network must never do."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.evidence.estimators import Method
from remit.evidence.network import Difference, network, parts
from remit.evidence.pooling import Choices, Studies, pool
from remit.quantities import BadInput

SENN = """DeFronzo1995 metf plac -1.90 0.1414
Lewin2007 metf plac -0.82 0.0992
Willms1999 metf acar -0.20 0.3579
Davidson2007 rosi plac -1.34 0.1435
Wolffenbuttel1999 rosi plac -1.10 0.1141
Kipnes2001 piog plac -1.30 0.1268
Kerenyi2004 rosi plac -0.77 0.1078
Hanefeld2004 piog metf 0.16 0.0849
Derosa2004 piog rosi 0.10 0.1831
Baksi2004 rosi plac -1.30 0.1014
Rosenstock2008 rosi plac -1.09 0.2263
Zhu2003 rosi plac -1.50 0.1624
Yang2003 rosi metf -0.14 0.2239
Vongthavaravat2002 rosi sulf -1.20 0.1436
Oyama2008 acar sulf -0.40 0.1549
Costa1997 acar plac -0.80 0.1432
Hermansen2007 sita plac -0.57 0.1291
Garber2008 vild plac -0.70 0.1273
Alex1998 metf sulf -0.37 0.1184
Johnston1994 migl plac -0.74 0.1839
Johnston1998a migl plac -1.41 0.2235
Kim2007 rosi metf 0.00 0.2339
Johnston1998b migl plac -0.68 0.2828
Gonzalez-Ortiz2004 metf plac -0.40 0.4356
Stucci1996 benf plac -0.23 0.3467
Moulin2006 benf plac -1.01 0.1366
Willms1999 metf plac -1.20 0.3758
Willms1999 acar plac -1.00 0.4669
"""


def senn():
    """Drugs for diabetes (Senn 2013): 26 studies, one of them with three arms."""
    rows = [line.split() for line in SENN.splitlines()]
    return [Difference(study, one, other, float(te), float(se) ** 2) for study, one, other, te, se in rows]


def against(found, one, other):
    row = next(row for row in found.league if {row.one, row.other} == {one, other})
    sign = 1 if row.one == one else -1
    return sign * row.estimate, row.se


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (Method.FE, {"rosi": -1.2018, "metf": -1.1141, "acar": -0.8274}),
        (Method.DL, {"rosi": -1.2335, "metf": -1.1268}),
    ],
)
def test_the_diabetes_network_agrees_with_its_three_arm_study(method, expected):
    found = network(senn(), method)
    assert (len(found.treatments), found.studies, len(found.league)) == (10, 26, 45)
    assert {drug: against(found, drug, "plac")[0] for drug in expected} == pytest.approx(expected, abs=6e-5)


def test_the_variance_and_the_consistency_of_the_diabetes_network_agree():
    found = network(senn(), Method.DL)
    assert (found.tau2**0.5, found.i2) == (pytest.approx(0.3297, abs=6e-5), pytest.approx(81.4, abs=0.06))
    held = found.consistency
    assert (held.q, held.df) == (pytest.approx(96.99, abs=6e-3), 18)
    assert (held.q_within, held.df_within) == (pytest.approx(74.46, abs=6e-3), 11)
    assert (held.q_between, held.df_between) == (pytest.approx(22.53, abs=6e-3), 7)
    assert held.p_between == pytest.approx(0.0021, abs=6e-5)


def test_direct_and_indirect_evidence_together_are_the_network():
    found = network(senn(), Method.DL)
    for split in found.splits:
        estimate, se = against(found, split.one, split.other)
        weights = np.array([split.direct_se, split.indirect_se]) ** -2.0
        assert estimate == pytest.approx(np.average([split.direct, split.indirect], weights=weights), abs=1e-9)
        assert se == pytest.approx(weights.sum() ** -0.5, rel=1e-9)
    assert {split.one for split in found.splits}.isdisjoint({"sita", "vild"})


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.tuples(st.floats(-2, 2), st.floats(0.02, 1)), min_size=2, max_size=8),
    st.sampled_from([Method.FE, Method.DL, Method.REML]),
)
def test_two_treatments_are_an_ordinary_pool(pairs, method):
    names = tuple(f"s{at}" for at in range(len(pairs)))
    found = network(
        [Difference(name, "b", "a", y, v) for name, (y, v) in zip(names, pairs, strict=True)], method
    ).league[0]
    plain = pool(Studies(names, tuple(y for y, _ in pairs), tuple(v for _, v in pairs)), Choices(method))
    assert (found.estimate, found.se) == pytest.approx((plain.estimate, plain.se), abs=1e-5)


@settings(deadline=None, max_examples=8)
@given(st.randoms(use_true_random=False))
def test_neither_order_nor_direction_matters(random):
    shuffled = [
        Difference(each.study, each.other, each.one, -each.effect, each.variance) if random.random() < 0.5 else each
        for each in senn()
    ]
    random.shuffle(shuffled)
    one, other = network(senn()), network(shuffled)
    assert other.tau2 == pytest.approx(one.tau2, abs=1e-8)
    assert [row.estimate for row in other.league] == pytest.approx([row.estimate for row in one.league], abs=1e-7)


def test_what_nothing_connects_is_named_and_never_compared():
    apart = [*senn(), Difference("X", "ketamine", "midazolam", -0.5, 0.1)]
    first, second = parts(apart)
    assert (len(first), [each.study for each in second]) == (28, ["X"])
    with pytest.raises(
        BadInput, match=r"^network: one connected part is needed, there are 2: .*\| ketamine, midazolam"
    ):
        network(apart)


def test_parts_grow_together_when_a_comparison_connects_them():
    two = [Difference("A", "a", "b", 0, 1), Difference("B", "c", "d", 0, 1)]
    assert len(parts(two)) == 2
    assert len(parts([*two, Difference("C", "d", "a", 0, 1)])) == 1


THREE = [Difference("A", "b", "a", 1, 1), Difference("A", "c", "a", 2, 1), Difference("A", "c", "b", 1, 1)]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: network([]), "network: at least 1 comparison is needed, not 0"),
        (lambda: network(THREE, Method.SJ), "method: a network has FE, DL, REML, not SJ"),
        (lambda: network(THREE, level=0), "level: more than 0 and less than 100 is needed, not 0"),
        (lambda: network(THREE[:2]), "A: with 3 arms every two are compared, missing: b and c"),
        (lambda: network([THREE[0], THREE[0]]), "A: a and b are compared once, not twice"),
        (lambda: network([*THREE[:2], Difference("A", "c", "b", -9, 1)]), "A: its comparisons agree with one another"),
        (
            lambda: network([*THREE[:2], Difference("A", "c", "b", 1, 9)]),
            "A: its variances belong to arms of one study",
        ),
        (lambda: Difference("A", "a", "a", 1, 1), "A: two treatments are needed, not 'a' twice"),
        (lambda: Difference("A", "a", "b", 1, 0), "A: a finite effect and a variance above 0 are needed, not 0"),
    ],
)
def test_comparisons_that_do_not_fit_are_refused(act, said):
    with pytest.raises(BadInput, match=f"^{re.escape(said)}"):
        act()


def test_one_study_is_a_network_of_its_own():
    found = network(THREE)
    assert (found.tau2, found.i2, found.splits) == (0, 0, ())
    assert found.consistency.df == 0
    assert [row.estimate for row in found.league] == pytest.approx([1, 2, 1])
