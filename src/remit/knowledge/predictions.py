"""What the model predicts for endpoints of trials, as it was computed once, and whether that is still this model."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import msgspec

from remit.knowledge.documents import FOLDER
from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.trials import FOLDER as TRIALS
from remit.knowledge.trials import Meta, trials
from remit.pathway.prediction import Counts, Endpoint, Prediction, Range
from remit.pathway.trials import Comparator
from remit.quantities import BadInput

ENDPOINTS, PREDICTIONS = TRIALS / "endpoints.yaml", TRIALS / "predictions.yaml"
CHAIN = FOLDER / "pharmacology" / "mood_chain.yaml"
MADE_FROM = (CHAIN, FOLDER / "pharmacology" / "mood_posterior.csv", FOLDER / "pharmacology" / "trial_conduct.yaml")
AGAIN = "python tools/predict_trials.py"
"""The command that computes the predictions anew."""


class _Endpoint(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    protocol: str
    versus: str
    at_h: float
    molecule: str
    route: str
    comparator: Comparator
    time: str
    indications: tuple[str, ...]
    unlike: str
    sessions: int | None = None
    option: str | None = None


class _Endpoints(msgspec.Struct, forbid_unknown_fields=True):
    meta: Meta
    endpoints: list[_Endpoint]


class _Counts(msgspec.Struct, forbid_unknown_fields=True):
    treated: float
    compared: float
    difference: Range


class _Prediction(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    command: str
    response: _Counts
    remission: _Counts
    change: Range
    sd: float


class Run(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the predictions were computed."""

    date: str
    seed: int
    people: int
    """In an arm of a virtual trial."""
    trials: int
    mood_chain: str
    """SHA-256 of the chain from a dose to mood."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    meta: Meta
    run: Run
    predictions: list[_Prediction]


def digest() -> str:
    """SHA-256 of the chain from a dose to mood as it is here, with its worlds and who comes to a trial."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in MADE_FROM)).hexdigest()


@cache
def endpoints() -> tuple[Endpoint, ...]:
    """The virtual trials that stand on the axis of a pool. Raises `BadInput`."""
    held = as_schema(read_typed(ENDPOINTS), _Endpoints, ENDPOINTS.name).endpoints
    bands = {band.id for band in trials().time_bands}
    for one in held:
        if one.time not in bands:
            raise BadInput(f"{ENDPOINTS.name}: {one.id}: time: one of {', '.join(sorted(bands))} is needed")
    return tuple(Endpoint(**msgspec.structs.asdict(one)) for one in held)


@cache
def run() -> Run:
    """How the carried predictions were computed."""
    return _read().run


@cache
def predictions() -> tuple[Prediction, ...]:
    """The carried predictions, one for each endpoint. Raises `BadInput`."""
    by_id = {one.id: one for one in endpoints()}
    held = _read().predictions
    if [one.id for one in held] != [*by_id]:
        raise BadInput(f"{PREDICTIONS.name}: one prediction for each of {', '.join(by_id)} is needed; {AGAIN}")
    return tuple(
        Prediction(by_id[one.id], _counts(one.response), _counts(one.remission), one.change, one.sd, one.command)
        for one in held
    )


@cache
def current() -> bool:
    """True where the predictions belong to the chain that is here."""
    return run().mood_chain == digest()


def _read() -> _File:
    content: Any = read_typed(PREDICTIONS)
    return as_schema(content, _File, PREDICTIONS.name)


def _counts(held: _Counts) -> Counts:
    return Counts(held.treated, held.compared, held.difference)
