"""The statements about ketamine, built from `knowledge/trials/claims.yaml`."""

from __future__ import annotations

from functools import cache
from math import isfinite

import msgspec

from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.trials import CLAIMS, Meta, trials
from remit.pathway.claims import Claim, NullTrial, Value
from remit.quantities import BadInput


class ClaimsFile(msgspec.Struct, forbid_unknown_fields=True):
    """What `claims.yaml` holds."""

    meta: Meta
    claims: tuple[Claim, ...]


@cache
def claims() -> tuple[Claim, ...]:
    """Every statement, in the order of the file. Raises `BadInput`."""
    held = as_schema(read_typed(CLAIMS), ClaimsFile, CLAIMS.name).claims
    ids = [claim.id for claim in held]
    for claim in held:
        if ids.count(claim.id) > 1:
            raise BadInput(f"{CLAIMS.name}: {claim.id}: the id is given twice")
        if not claim.checks:
            raise BadInput(f"{CLAIMS.name}: {claim.id}: at least 1 check is needed, not 0")
        for check in claim.checks:
            if isinstance(check, Value | NullTrial) and trials().study(check.study) is None:
                raise BadInput(f"{CLAIMS.name}: {claim.id}: no study {check.study!r}")
            if isinstance(check, Value) and not (isfinite(check.at_least) or isfinite(check.at_most)):
                raise BadInput(
                    f"{CLAIMS.name}: {claim.id}: {check.statistic}: at_least or at_most is needed, not neither"
                )
    return held
