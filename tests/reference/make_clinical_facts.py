"""Writes `clinical_facts.json`: every fact of the shared clinical files, to be compared leaf by leaf with ours.

    python tests/reference/make_clinical_facts.py FOLDER

FOLDER holds `clinical/` (protocols, scales, eligibility, safety, the adequacy table) and `interop/codes.csv`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from remit.knowledge.documents import rows
from remit.knowledge.files import read_typed

_CUT_WORDS = ("lot", "expiry", "waste")
"""Single words that such a comma cut off (`device_count`)."""
TARGET = Path(__file__).with_name("clinical_facts.json")
FILES = {
    "protocols": "protocols.yaml",
    "scales": "scales.yaml",
    "eligibility": "eligibility.yaml",
    "safety": "safety.yaml",
}


def by_id(content: Any) -> Any:
    """The content with each list of identified things as a mapping, so that order and additions do not matter."""
    if isinstance(content, dict):
        return {key: by_id(held) for key, held in _whole(content).items()}
    if isinstance(content, list):
        if content and all(isinstance(held, dict) and "id" in held for held in content):
            return {"#" + held["id"]: by_id(held) for held in content}
        return [by_id(held) for held in content]
    return content


def _whole(content: dict[Any, Any]) -> dict[str, Any]:
    """A sentence that an unquoted comma cut into keys without a value, put together again."""
    whole: dict[str, Any] = {}
    for key, held in content.items():
        if held is None and (" " in str(key) or key in _CUT_WORDS) and whole:
            last = next(reversed(whole))
            whole[last] = f"{whole[last]}, {key}"
        else:
            whole[str(key)] = held
    return whole


def facts(folder: Path) -> dict[str, Any]:
    """All facts of the shared files."""
    found: dict[str, Any] = {"sources": {}}
    for kind, name in FILES.items():
        content = read_typed(folder / "clinical" / name)
        found["sources"] |= content.pop("sources")
        found[kind] = by_id(content)
    found["adequacy"] = {row["drug"]: row for row in rows(folder / "clinical" / "antidepressant_adequacy.csv")}
    found["codes"] = {row["concept"]: row for row in rows(folder / "interop" / "codes.csv")}
    return found


if __name__ == "__main__":
    TARGET.write_text(json.dumps(facts(Path(sys.argv[1])), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
