"""Published examples whose answers metafor documents."""

from __future__ import annotations

from remit.evidence.effects import Measure
from remit.evidence.pooling import Studies
from remit.evidence.table import read_table, studies

BCG = """study,year,ai,bi,ci,di,ablat,alloc
1,1948,4,119,11,128,44,random
2,1949,6,300,29,274,55,random
3,1960,3,228,11,209,42,random
4,1977,62,13536,248,12619,52,random
5,1973,33,5036,47,5761,13,alternate
6,1953,180,1361,372,1079,44,alternate
7,1973,8,2537,10,619,19,random
8,1980,505,87886,499,87892,13,random
9,1968,29,7470,45,7232,27,random
10,1961,17,1699,65,1600,42,systematic
11,1974,186,50448,141,27197,18,systematic
12,1969,5,2493,3,2338,33,systematic
13,1976,27,16886,29,17825,33,systematic
"""
YEARS = tuple(float(line.split(",")[1]) for line in BCG.splitlines()[1:])

_TEACHERS = (0.03, 0.12, -0.14, 1.18, 0.26, -0.06, -0.02, -0.32, 0.27, 0.80, 0.54, 0.18, -0.02, 0.23, -0.18, -0.06)
_TEACHERS_LAST = (0.30, 0.07, -0.07)
_ERRORS = (0.125, 0.147, 0.167, 0.373, 0.369, 0.103, 0.103, 0.220, 0.164, 0.251, 0.302, 0.223, 0.289, 0.290, 0.159)
_ERRORS_LAST = (0.167, 0.139, 0.094, 0.174)
WEEKS = (2, 3, 3, 0, 0, 3, 3, 3, 0, 1, 0, 0, 1, 2, 3, 3, 1, 2, 3)


def bcg(measure: Measure = Measure.RR, moderators: tuple[str, ...] = (), cluster: str = "") -> Studies:
    """Vaccination against tuberculosis (Colditz 1994), thirteen trials."""
    return studies(read_table(BCG), measure, moderators, cluster)[0]


def teachers() -> Studies:
    """Teacher expectancy (Raudenbush 1985), nineteen studies."""
    return Studies(
        names=tuple(str(at) for at in range(1, 20)),
        effects=_TEACHERS + _TEACHERS_LAST,
        variances=tuple(error**2 for error in _ERRORS + _ERRORS_LAST),
    )
