"""The protocols: read from their files, checked, and built as values. A clinic's own folder passes the same checks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from remit.knowledge import sources
from remit.knowledge.documents import FOLDER, clinic_files, resolve
from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.protocol_builder import build
from remit.knowledge.protocol_file import ProtocolFile
from remit.pathway.protocol import Protocol
from remit.quantities import BadInput


@cache
def protocols() -> dict[str, Protocol]:
    """Every protocol that Remit carries, by id."""
    return _load(_files(), {}, frozenset(sources.citations()))


def protocol(protocol_id: str) -> Protocol:
    """The protocol with this id; `BadInput` names the known ids."""
    return choose(protocols(), protocol_id)


def choose(known: Mapping[str, Protocol], protocol_id: str) -> Protocol:
    """The protocol with this id among those known. Raises `BadInput`."""
    if protocol_id not in known:
        raise BadInput(f"protocol: one of {', '.join(sorted(known))} is needed, not {protocol_id!r}")
    return known[protocol_id]


def load_folder(path: Path) -> dict[str, Protocol]:
    """A clinic's own protocols, by id. They may take parts from those that Remit carries (`same_as`).

    A `sources.yaml` in the folder adds the clinic's own citations. Raises `BadInput` for the first file that does
    not pass, and for an id that Remit carries itself.
    """
    own = path / "sources.yaml"
    keys = frozenset(sources.citations()) | (frozenset(sources.read(own)) if own.exists() else frozenset())
    return _load(clinic_files(path), _carried(), keys)


def _files() -> list[Path]:
    return sorted((FOLDER / "protocols").glob("*.yaml"))


@cache
def _carried() -> dict[str, Any]:
    return {content["id"]: content for content in map(_read, _files())}


def _load(paths: list[Path], carried: Mapping[str, Any], keys: frozenset[str]) -> dict[str, Protocol]:
    raw: dict[str, Any] = {}
    files: dict[str, Path] = {}
    for path in paths:
        content = _read(path)
        key = content["id"]
        if key in raw or key in carried:
            raise BadInput(f"{path}: id: a new id is needed, {key!r} is that of {files.get(key, 'a carried protocol')}")
        raw[key], files[key] = content, path
    shared = {**carried, **raw}
    return {key: _one(content, shared, str(files[key]), keys) for key, content in raw.items()}


def _read(path: Path) -> dict[str, Any]:
    content = read_typed(path)
    if not isinstance(content, dict) or not isinstance(content.get("id"), str):
        raise BadInput(f"{path}: a protocol with an `id` is needed")
    return content


def _one(content: Any, shared: Mapping[str, Any], name: str, keys: frozenset[str]) -> Protocol:
    resolved = resolve(content, shared, name)
    held = as_schema(resolved, ProtocolFile, name)
    _check_sources(resolved, name, keys)
    _check_ids(held, name)
    return build(held, resolved, name)


@cache
def _known_ids() -> dict[str, frozenset[str]]:
    listed = read_typed(FOLDER / "eligibility" / "indications.yaml")["indications"]
    return {
        "indication": frozenset(one["id"] for one in listed),
        "scale": frozenset(path.stem for path in (FOLDER / "scales").glob("*.yaml")) - {"rules"},
    }


def _check_ids(held: ProtocolFile, name: str) -> None:
    _known("indication", held.indications, f"{name}: indications")
    _known("scale", (held.primary_scale,), f"{name}: primary_scale")
    if held.psychiatric_emergency is not None:
        _known("indication", (held.psychiatric_emergency.indication,), f"{name}: psychiatric_emergency.indication")
    watched = held.monitoring
    if watched is not None:
        _known("scale", getattr(watched.mental_state, "scale_ids", None), f"{name}: monitoring.mental_state.scale_ids")
        scales = watched.outcome_scales
        both = (*scales.session_scale_ids, *scales.weekly_scale_ids) if scales else ()
        _known("scale", both, f"{name}: monitoring.outcome_scales")


def _known(kind: str, ids: tuple[str, ...] | None, place: str) -> None:
    for id in ids or ():
        if id not in _known_ids()[kind]:
            raise BadInput(f"{place}: {kind} {id!r} is not known; one of {', '.join(sorted(_known_ids()[kind]))}")


def _check_sources(content: Any, name: str, keys: frozenset[str], path: str = "$") -> None:
    if isinstance(content, list):
        for at, part in enumerate(content):
            _check_sources(part, name, keys, f"{path}[{at}]")
    elif isinstance(content, dict):
        for key, part in content.items():
            if key in ("src", "sources", "note_src") and (unknown := set(part or ()) - keys):
                raise BadInput(f"{name}: {path}.{key}: source key {min(unknown)!r} is not known")
            _check_sources(part, name, keys, f"{path}.{key}")


def snapshot(protocol_id: str) -> dict[str, Any]:
    """A protocol's file as it is now, kept with the course prescribed on it: later versions leave the course alone."""
    choose(protocols(), protocol_id)
    found: dict[str, Any] = resolve(_carried()[protocol_id], _carried(), protocol_id)
    return found


def restore(kept: Mapping[str, Any]) -> Protocol:
    """The protocol that a course was prescribed on, from its snapshot."""
    name = f"protocol {kept.get('id')}, version {kept.get('version')}, as prescribed"
    return build(as_schema(dict(kept), ProtocolFile, name), dict(kept), name)
