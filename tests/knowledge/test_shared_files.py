"""Every file has a shape that it must fit."""

import pytest

from remit.knowledge import choice, documents, mechanism, safety, shared_files
from remit.knowledge.files import as_schema, read_typed
from remit.pathway.sourced import Origin, Status
from remit.quantities import BadInput


def test_the_legend_explains_every_status_and_every_origin():
    legend = shared_files.shared_files()["legend.yaml"].legend
    assert set(legend.status_legend) == set(Status)
    assert set(legend.origin_legend) == set(Origin)


def test_no_file_at_the_root_or_of_safety_is_without_a_shape():
    names = {name for kind, _, name in documents.carried() if "/" not in name}
    own = {choice.FILE, mechanism.FILE.name}
    assert names == set(shared_files.SCHEMAS) | own
    assert {path.name for path in documents.yaml_files("safety")} == set(safety.SCHEMAS)


@pytest.mark.parametrize("name", shared_files.SCHEMAS)
def test_an_unknown_key_is_refused_with_file_and_key(name):
    content = read_typed(documents.FOLDER / name) | {"extra": 1}
    with pytest.raises(BadInput, match=rf"{name}: .*extra"):
        as_schema(content, shared_files.SCHEMAS[name], name)
