"""The published trials as one release, built from `knowledge/trials/`: arms, values over time, adverse events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from remit.knowledge.documents import rows
from remit.knowledge.files import as_schema, read_typed
from remit.pathway.sourced import Origin
from remit.pathway.trials import (
    AdverseEvent,
    Arm,
    Comparator,
    Row,
    Seen,
    Study,
    StudyFacts,
    TimeBand,
    TimePoint,
    Trials,
)
from remit.quantities import BadInput

FOLDER = Path(__file__).parent / "trials"
ARMS, TIMES, EVENTS = FOLDER / "trials.csv", FOLDER / "timecourse.csv", FOLDER / "adverse_events.csv"
FACTS, CLAIMS, RELEASE = FOLDER / "studies.yaml", FOLDER / "claims.yaml", FOLDER / "release.yaml"
R = TypeVar("R", bound=Row)


class Meta(msgspec.Struct, forbid_unknown_fields=True):
    """Who says what the file says, and how sure it is."""

    origin: Origin
    status: str


class FactsFile(msgspec.Struct, forbid_unknown_fields=True):
    """What `studies.yaml` holds."""

    meta: Meta
    indications: dict[str, str]
    comparators: dict[str, Comparator]
    routes: dict[str, str]
    molecules: dict[str, str]
    time_bands: list[TimeBand]
    pooled_records: dict[str, tuple[str, ...]]
    studies: dict[str, StudyFacts]


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """What a release changed."""

    version: str
    date: str
    text: str


class ReleaseFile(msgspec.Struct, forbid_unknown_fields=True):
    """What `release.yaml` holds."""

    version: str
    date: str
    checksum: str
    changes: list[Change]


def files() -> tuple[Path, ...]:
    """Every file of the dataset; the release stands last and is not part of its own checksum."""
    return ARMS, TIMES, EVENTS, FACTS, CLAIMS, RELEASE


def checksum() -> str:
    """SHA-256 over the names and contents of the dataset's files, as they are here."""
    whole = hashlib.sha256()
    for path in files()[:-1]:
        whole.update(f"{path.name}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


@cache
def trials() -> Trials:
    """The dataset. Raises `BadInput` naming the file, the row and the reason."""
    facts = as_schema(read_typed(FACTS), FactsFile, FACTS.name)
    release = as_schema(read_typed(RELEASE), ReleaseFile, RELEASE.name)
    arms = read_arms(ARMS)
    held = Trials(
        studies=_studies(arms, facts),
        timecourse=_read(TIMES, TimePoint),
        adverse_events=_read(EVENTS, AdverseEvent),
        comparators=facts.comparators,
        routes=facts.routes,
        molecules=facts.molecules,
        time_bands=tuple(facts.time_bands),
        pooled_records=facts.pooled_records,
        release=msgspec.to_builtins(release),
    )
    for problem in _wrong(held, facts):
        raise BadInput(problem)
    return held


@cache
def indications() -> Mapping[str, str]:
    """What each indication of the dataset is, in words."""
    return as_schema(read_typed(FACTS), FactsFile, FACTS.name).indications


def read_arms(path: Path) -> tuple[Arm, ...]:
    """The arms of a file with the columns of `trials.csv`. Raises `BadInput`."""
    arms = _read(path, Arm)
    seen: set[tuple[str, str]] = set()
    for arm in arms:
        if (arm.study_id, arm.arm_id) in seen:
            raise BadInput(f"{path.name}: {arm.study_id} {arm.arm_id}: the arm is given twice")
        seen.add((arm.study_id, arm.arm_id))
    return arms


def _read(path: Path, schema: type[R]) -> tuple[R, ...]:
    found = []
    for at, row in enumerate(rows(path), start=1):
        named = f"{path.name}: row {at} ({row.get('study_id', '')} {row.get('arm_id', '')})"
        missing = [name for name in _columns(schema) if name not in row]
        if missing:
            raise BadInput(f"{path.name}: column {', '.join(missing)} is missing")
        filled: dict[str, Any] = {name: cell or None for name, cell in row.items()}
        if "is_comparator" in filled:
            filled["is_comparator"] = _truth(filled["is_comparator"], named)
        found.append(as_schema(filled, schema, named, lax=True))
    return tuple(found)


def _columns(schema: type[Row]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(schema)]


def _truth(cell: str | None, named: str) -> bool:
    if cell not in ("0", "1"):
        raise BadInput(f"{named}: is_comparator: 1 or 0 is needed, not {cell!r}")
    return cell == "1"


def _studies(arms: tuple[Arm, ...], facts: FactsFile) -> tuple[Study, ...]:
    by_study: dict[str, list[Arm]] = {}
    for arm in arms:
        by_study.setdefault(arm.study_id, []).append(arm)
    for id in [*by_study.keys() - facts.studies.keys(), *facts.studies.keys() - by_study.keys()]:
        raise BadInput(f"{FACTS.name}: studies.{id}: each study has arms in {ARMS.name} and facts here, not one alone")
    return tuple(Study(id=id, arms=tuple(held), facts=facts.studies[id]) for id, held in by_study.items())


def _wrong(held: Trials, facts: FactsFile) -> Iterator[str]:
    """Each word that leads nowhere."""
    known = {study.id: {arm.arm_id for arm in study.arms} for study in held.studies}
    for study in held.studies:
        place = f"{FACTS.name}: studies.{study.id}"
        named = {*study.facts.pairs, *study.facts.pairs.values(), *study.facts.apart}
        yield from (f"{place}: no arm {arm!r}" for arm in sorted(named - known[study.id]))
        yield from (f"{place}.overlaps: no study {id!r}" for id in study.facts.overlaps if id not in known)
        if study.facts.indication not in facts.indications:
            yield f"{place}.indication: one of {', '.join(facts.indications)} is needed"
        yield from _wrong_words(study, held)
    for name, parts in held.pooled_records.items():
        yield from (f"{FACTS.name}: pooled_records.{name}: no study {id!r}" for id in parts if id not in known)
    for row in (*held.timecourse, *held.adverse_events):
        if row.study_id not in known and row.study_id not in held.pooled_records:
            yield f"{type(row).__name__} {row.study_id} {row.arm_id}: no such study"


def _wrong_words(study: Study, held: Trials) -> Iterator[str]:
    columns: Mapping[str, Mapping[str, Any]] = {
        "molecule": held.molecules,
        "route": held.routes,
        "comparator_type": held.comparators,
    }
    for arm in study.arms:
        place = f"{ARMS.name}: {arm.study_id} {arm.arm_id}"
        for column, words in columns.items():
            word = getattr(arm, column)
            if word is not None and word not in words:
                yield f"{place}: {column}: one of {', '.join(words)} is needed, not {word!r}"
        if arm.is_comparator != (arm.comparator_type is not None):
            yield f"{place}: comparator_type: a comparator says its kind, and nothing else does"
        yield from (f"{place}: memory_fields: no column {name!r}" for name in sorted(arm.not_seen - {*_columns(Arm)}))


def counts() -> Mapping[str, int]:
    """How many rows were seen in a table, in an abstract, or not at all."""
    held = trials()
    found = dict.fromkeys((word.value for word in Seen), 0)
    for study in held.studies:
        for arm in study.arms:
            found[arm.verified] += 1
    for row in (*held.timecourse, *held.adverse_events):
        found[row.verified] += 1
    return found


def check_release() -> None:
    """Refuse a dataset that is not the one released. Raises `BadInput`."""
    release = as_schema(read_typed(RELEASE), ReleaseFile, RELEASE.name)
    if release.checksum != checksum():
        raise BadInput(f"{RELEASE.name}: checksum: {release.checksum} is released, the files have {checksum()}")
    if release.version not in {change.version for change in release.changes}:
        raise BadInput(f"{RELEASE.name}: changes: version {release.version} says what changed, none is given")
