"""Every value that a rule is given leads to its place in the knowledge, and carries the source that stands there."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import pytest

from remit.knowledge import dosing, eligibility, medications, monitors, protocols, safety, scales
from remit.knowledge.index import lookup
from remit.pathway.devices import Bounds

BUILT = {
    "protocols": protocols.protocols,
    "scales": scales.scales,
    "outcome rules": scales.outcome_rules,
    "eligibility": eligibility.rules,
    "adequacy": medications.adequacy_table,
    "drug classes": medications.drug_classes,
    "safety": safety.rules,
    "dosing": dosing.dosing_rules,
    "monitors": monitors.monitor_codes,
}


def marked(value, seen=None):
    """Every value with a `path` inside a built value."""
    seen = seen if seen is not None else set()
    if id(value) in seen or isinstance(value, str | int | float | type(None)):
        return
    seen.add(id(value))
    if is_dataclass(value):
        if getattr(value, "path", ""):
            yield value
        for field in fields(value):
            yield from marked(getattr(value, field.name), seen)
    elif isinstance(value, Mapping):
        for held in value.values():
            yield from marked(held, seen)
    elif isinstance(value, list | tuple | set | frozenset):
        for held in value:
            yield from marked(held, seen)


@pytest.mark.parametrize("kind", BUILT)
def test_every_path_of_a_built_value_is_an_id_with_the_same_source(kind):
    found = list(marked(BUILT[kind]()))
    assert found
    for value in found:
        entry = lookup(value.path)
        assert isinstance(value, Bounds) or value.source == entry.source, value.path
