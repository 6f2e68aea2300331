"""Where a number on a page comes from: the reads behind the source mark."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from remit.knowledge import index
from remit.knowledge import sources as citations_of
from remit.quantities import BadInput


def of_id(id: str) -> dict[str, Any]:
    """What the knowledge says about the value with this id: value, unit, origin, status, note and citations.

    An id that the knowledge does not have comes back as unverified and says so: a page never fails over it.
    """
    try:
        entry = index.lookup(id).as_dict()
    except BadInput as error:
        return {"value": "", "unit": "", "note": str(error), "path": id, "name": id, "origin": "project_default",
                "status": "unverified", "citations": []}  # fmt: skip
    value = entry["value"] if isinstance(entry["value"], int | float | str) else ""
    return entry | {"value": value, "unit": entry["unit"] or "", "note": entry["note"] or "", "path": id, "name": id}


def citations(keys: Iterable[str]) -> list[dict[str, str]]:
    """The citations behind these source keys, in their order."""
    found = []
    for key in keys:
        cited = citations_of.citations().get(key)
        if cited is None:
            found.append({"citation": key, "year": "", "locator": "", "seen": ""})
        else:
            found.append({name: getattr(cited, name) for name in ("citation", "year", "locator", "seen")})
    return found
