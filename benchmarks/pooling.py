"""Ten thousand bootstrap and permutation replicates of a model of 50 studies, against PyMARE and statsmodels.

The other two are no part of Remit: they run in a throw-away environment on the same arrays, in the same run. With
`--beside PYTHON` an environment that has them is used instead of a new one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from remit.evidence.estimators import Array, Method
from remit.evidence.pooling import Choices, replicates

STUDIES, REPLICATES, OTHERS = 50, 10_000, 1_000
"""The others get fewer replicates; their time is scaled."""
PEERS = r"""
import json, sys, time
import numpy as np
from pymare.estimators import VarianceBasedLikelihoodEstimator
from statsmodels.stats.meta_analysis import combine_effects

held = np.load(sys.argv[1])
y, v = held["y"], held["v"]

def reml(row):
    return VarianceBasedLikelihoodEstimator(method="REML").fit(y[row][:, None], v[row][:, None], np.ones((y.shape[1], 1)))

def timed(work, count):
    work(0)
    before = time.process_time()
    found = [work(row) for row in range(count)]
    return (time.process_time() - before) / count, found

each, fitted = timed(reml, len(y) // 10)
together = time.process_time()
at_once = VarianceBasedLikelihoodEstimator(method="REML").fit(y.T.copy(), v.T.copy(), np.ones((y.shape[1], 1)))
together = (time.process_time() - together) / len(y)
iterated, _ = timed(lambda row: combine_effects(y[row], v[row], method_re="iterated"), len(y))
print(json.dumps({
    "PyMARE, REML, one by one": each,
    "PyMARE, REML, all at once": together,
    "statsmodels, Paule-Mandel": iterated,
    "tau2": [float(one.params_["tau2"].ravel()[0]) for one in fitted],
    "tau2_at_once": np.asarray(at_once.params_["tau2"]).ravel().tolist(),
}))
"""


def samples(kind: str) -> tuple[Array, Array]:
    """Effects and variances, a replicate a row: studies drawn again, or their signs turned at random."""
    random = np.random.default_rng(1)
    v = random.uniform(0.01, 0.2, STUDIES)
    y = random.normal(0.3, np.sqrt(v + 0.05))
    if kind == "bootstrap":
        drawn = random.integers(0, STUDIES, (REPLICATES, STUDIES))
        return y[drawn], v[drawn]
    return y * random.choice((-1.0, 1.0), (REPLICATES, STUDIES)), np.tile(v, (REPLICATES, 1))


def ours(y: Array, v: Array, method: Method) -> tuple[float, Array]:
    """Seconds a replicate, and τ²."""
    before = time.process_time()
    found = replicates(y, v, Choices(method))
    return (time.process_time() - before) / len(y), found["tau2"]


def peers(python: str, y: Array, v: Array) -> dict[str, Any]:
    """The others on the first of the replicates."""
    with tempfile.TemporaryDirectory() as folder:
        arrays = Path(folder) / "arrays.npz"
        np.savez(arrays, y=y[:OTHERS], v=v[:OTHERS])
        run = subprocess.run([python, "-c", PEERS, str(arrays)], check=True, capture_output=True, text=True)
    held: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return held


def environment(folder: Path) -> str:
    """A new environment with the others in it."""
    python = str(folder / "bin" / "python")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "pymare", "statsmodels"], check=True)
    return python


def main() -> None:
    """Print both kinds of replicates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beside", metavar="PYTHON", help="a Python that has PyMARE and statsmodels")
    chosen = parser.parse_args().beside
    with tempfile.TemporaryDirectory() as folder:
        python = chosen or environment(Path(folder) / "venv")
        for kind in ("bootstrap", "permutation"):
            told(kind, python)


def told(kind: str, python: str) -> None:
    """One kind: seconds for all replicates, ratios, and how far apart the answers are."""
    y, v = samples(kind)
    spent, tau2 = ours(y, v, Method.REML)
    moments, _ = ours(y, v, Method.PM)
    held = peers(python, y, v)
    print(f"{kind}: {REPLICATES} replicates of {STUDIES} studies, seconds of CPU (others timed on {OTHERS}, scaled)")
    print(f"  {'Remit, REML':<28}{spent * REPLICATES:>9.2f}")
    print(f"  {'Remit, Paule-Mandel':<28}{moments * REPLICATES:>9.2f}")
    for name, base in (
        ("PyMARE, REML, one by one", spent),
        ("PyMARE, REML, all at once", spent),
        ("statsmodels, Paule-Mandel", moments),
    ):
        print(f"  {name:<28}{held[name] * REPLICATES:>9.2f}   {held[name] / base:>6.1f} times as long")
    for words, name in (("one by one", "tau2"), ("all at once", "tau2_at_once")):
        other = np.array(held[name])
        print(f"  largest difference of tau² to PyMARE {words}: {np.abs(other - tau2[: len(other)]).max():.1e}")


if __name__ == "__main__":
    main()
