"""Checks the knowledge: every file against its schema, every source key, every status and origin word, every id.

A clinic's own protocol files pass the same checks. A problem names the file, the place in it and the reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from remit.knowledge import (
    choice,
    claims,
    dosing,
    eligibility,
    kinetics,
    mechanism,
    medications,
    model_check,
    monitors,
    mood,
    mood_posterior,
    pharmacology,
    phq9_link,
    predictions,
    protocols,
    safety,
    scales,
    shared_files,
    sources,
    terminology,
    trial_conduct,
    trials,
)
from remit.knowledge.documents import (
    TABLES,
    carried,
    clinic_files,
    documents,
    molecule_files,
    read,
    resolve,
    table,
)
from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.index import Entry, build
from remit.knowledge.protocol_builder import build as build_protocol
from remit.knowledge.protocol_file import ProtocolFile
from remit.knowledge.words import wrong_words
from remit.pathway.sourced import Status
from remit.quantities import BadInput

BUILDERS: tuple[tuple[str, Callable[[], object]], ...] = (
    ("protocols", protocols.protocols),
    ("scales", scales.scales),
    ("scales/rules.yaml", scales.outcome_rules),
    ("scales/wording", scales.wordings),
    ("eligibility", eligibility.rules),
    ("medications", medications.drug_classes),
    ("safety", safety.rules),
    ("dosing.yaml", dosing.dosing_rules),
    ("", shared_files.shared_files),
    ("terminology", terminology.codes),
    ("terminology/local.yaml", terminology.local_system),
    ("terminology/monitors.yaml", monitors.monitor_codes),
    ("trials", trials.trials),
    ("choice.yaml", choice.choice_rules),
    ("trials/claims.yaml", claims.claims),
    ("trials/endpoints.yaml", predictions.endpoints),
    ("trials/predictions.yaml", predictions.predictions),
    ("trials/release.yaml", trials.check_release),
    ("kinetics", kinetics.models),
    ("molecules", kinetics.molecules),
    ("pharmacology", pharmacology.pharmacology),
    ("pharmacology/validation.yaml", pharmacology.validation_words),
    ("pharmacology/observed.csv", pharmacology.observations),
    ("mechanism.yaml", mechanism.mechanism),
    ("pharmacology/model_check.yaml", model_check.model_check),
    ("pharmacology/mood_chain.yaml", mood.mood_chain),
    ("pharmacology/trial_ranges.yaml", mood.accept_ranges),
    ("pharmacology/mood_targets.yaml", mood_posterior.mood_targets),
    ("pharmacology/trial_conduct.yaml", trial_conduct.trial_conduct),
    ("pharmacology/phq9_link.yaml", phq9_link.phq9_link),
)
"""What builds each kind's values from its files: a file that does not fit its schema is refused by it."""
_PLACE = re.compile(r" - at `\$\.?(?P<place>[^`]*)`")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the file, the place in it, and why."""

    file: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. Counts are of the values that say their own origin, status or source."""

    files: tuple[str, ...]
    problems: tuple[Problem, ...]
    by_status: Mapping[str, int]
    by_kind: Mapping[str, int]

    @property
    def ok(self) -> bool:
        """True where nothing is wrong."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """The report as the command line prints it."""
        return {
            "ok": self.ok,
            "files": len(self.files),
            "values": sum(self.by_status.values()),
            "by_status": dict(self.by_status),
            "by_kind": dict(self.by_kind),
            "problems": [{"file": found.file, "path": found.path, "reason": found.reason} for found in self.problems],
        }


def check(folder: Path | None = None) -> Report:
    """Check what Remit carries, or a clinic's own protocol files in `folder`. Raises `BadInput` for no such folder."""
    return _carried() if folder is None else _clinic(folder)


def _carried() -> Report:
    files, problems = [], []
    for kind, path, name in carried():
        files.append(name)
        problems += _words(kind, path, name, sources.citations())
    entries: list[Entry] = []
    if not problems:
        problems += _attempt("", lambda: entries.extend(build(documents()).entries.values()))
    for name, build_kind in BUILDERS:
        problems += _attempt(name, build_kind)
    report = _report([*files, *(f"trials/{path.name}" for path in trials.files())], problems, entries)
    return report if any(found.file.startswith("trials") for found in problems) else _with_trials(report)


def _with_trials(report: Report) -> Report:
    """The counts with the rows of the trials, each of which says how it was seen."""
    by_status, by_kind = Counter(report.by_status), Counter(report.by_kind)
    for word, count in trials.counts().items():
        by_status[Status.read(word).value] += count
        by_kind["trials"] += count
    return replace(report, by_status=by_status, by_kind=by_kind)


def _clinic(folder: Path) -> Report:
    known, problems = _clinic_sources(folder)
    files: list[str] = []
    entries: list[Entry] = []
    for path in clinic_files(folder):
        files.append(name := str(path.relative_to(folder)))
        wrong = _words("protocols", path, name, known)
        problems += wrong or _attempt(name, partial(_clinic_protocol, path, name, entries))
    for path in molecule_files(folder):
        files.append(name := str(path.relative_to(folder)))
        problems += _attempt(name, partial(_clinic_molecule, path, name, frozenset(known), entries))
    return _report(files, problems, entries)


def _clinic_sources(folder: Path) -> tuple[Collection[str], list[Problem]]:
    """The source keys that a clinic's files may name: ours, and those of its own `sources.yaml`."""
    if not clinic_files(folder) and not molecule_files(folder):
        raise BadInput(f"folder: at least one protocol or molecule file is needed, {str(folder)!r} holds none")
    own: dict[str, sources.Citation] = {}
    path = folder / "sources.yaml"
    problems = _attempt(path.name, lambda: own.update(sources.read(path))) if path.exists() else []
    return {*sources.citations(), *own}, problems


def _clinic_molecule(path: Path, name: str, known: frozenset[str], entries: list[Entry]) -> None:
    """One molecule of a clinic's own: its schema, its words, its values."""
    kinetics.own_molecule(path, name, known)
    entries += build(read(path, "molecules", name)).entries.values()


def _clinic_protocol(path: Path, name: str, entries: list[Entry]) -> None:
    """One clinic's file as a protocol: an id of its own, its schema, its values."""
    carried_documents = [*documents()]
    shared = {held.id: held.content for held in carried_documents if held.kind == "protocols"}
    for document in read(path, "protocols", name):
        if document.id in {held.id for held in carried_documents}:
            raise BadInput(f"{name}: id: {document.id!r} is taken, a clinic's own protocol has an id of its own")
        whole = resolve(document.content, shared, name)
        build_protocol(as_schema(whole, ProtocolFile, name), whole, name)
        entries += build([replace(document, content=whole)]).entries.values()


def _words(kind: str, path: Path, name: str, known: Collection[str]) -> list[Problem]:
    """The words, keys and ids of one file, whatever its kind."""
    found: list[Problem] = []

    def look() -> None:
        content = table(path, name, kind).content if path.name in TABLES else read_typed(path)
        found.extend(Problem(name, place, reason) for place, reason in wrong_words(content, known))

    return _attempt(name, look) or found


def _attempt(name: str, act: Callable[[], object]) -> list[Problem]:
    """The refusal of an act as a problem of the file, with the place inside it where the refusal tells one."""
    try:
        act()
    except ValueError as refused:
        said = str(refused)
        place = _PLACE.search(said)
        reason = _PLACE.sub("", said)
        file, _, rest = reason.partition(": ")
        if file.endswith((".yaml", ".csv")):
            name = name if Path(file).name == Path(name).name or not name else file
            reason = rest
        return [Problem(name or file, place["place"] if place else "", " ".join(reason.split()))]
    return []


def _report(files: list[str], problems: list[Problem], entries: list[Entry]) -> Report:
    stated = [entry for entry in entries if entry.stated]
    return Report(
        files=tuple(files),
        problems=tuple(dict.fromkeys(problems)),
        by_status=Counter(entry.source.status.value for entry in stated),
        by_kind=Counter(entry.kind for entry in stated),
    )
