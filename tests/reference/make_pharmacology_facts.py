"""Writes `pharmacology_facts.json`: every published model and measurement, to be compared leaf by leaf with ours.

    python tests/reference/make_pharmacology_facts.py FOLDER

FOLDER holds `parameters.yaml` and `observed.csv`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from remit.knowledge.documents import rows
from remit.knowledge.files import read_typed

TARGET = Path(__file__).with_name("pharmacology_facts.json")


def facts(folder: Path) -> dict[str, Any]:
    """All of it; a model's free word on how far it could be read is `readable` in our files."""
    held = read_typed(folder / "parameters.yaml")
    models = {model["id"]: {_name(key): leaf for key, leaf in model.items()} for model in held.pop("pk_models")}
    return {"models": models, "pharmacology": held, "observed": rows(folder / "observed.csv")}


def _name(key: str) -> str:
    return "readable" if key == "status" else key


if __name__ == "__main__":
    TARGET.write_text(json.dumps(facts(Path(sys.argv[1])), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
