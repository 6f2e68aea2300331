"""The rating scales, their outcome definitions and their published wording, built from `knowledge/scales/`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.index import lookup
from remit.knowledge.scale_builder import build
from remit.knowledge.scale_file import GenericOutcome, RulesFile, WordedAnswer, WordingFile
from remit.knowledge.scale_reading import read
from remit.pathway.outcome import OutcomeRules, Relapse
from remit.pathway.scales import Criterion, Measure, Permission, Scale
from remit.pathway.sourced import Source, Sourced
from remit.pathway.wording import Answer, Question, TakenFrom, Unscored, Wording
from remit.quantities import BadInput

T = TypeVar("T")

FOLDER = Path(__file__).parent / "scales"
RULES = FOLDER / "rules.yaml"
WORDING = FOLDER / "wording"


@cache
def scales() -> Mapping[str, Scale]:
    """Every rating scale by its id."""
    built = [build(read(path), source_of) for path in sorted(FOLDER.glob("*.yaml")) if path != RULES]
    return {scale.id: scale for scale in built}


def scale(scale_id: str) -> Scale:
    """The rating scale with that id. Raises `BadInput` that names the known ids."""
    known = scales()
    if scale_id not in known:
        raise BadInput(f"scale {scale_id!r}: one of {', '.join(known)} is needed")
    return known[scale_id]


def source_of(path: str) -> Source:
    """The source of a value of the knowledge, its own or the nearest enclosing one."""
    return lookup(path).source


def wording(scale_id: str, language: str = "en", folder: Path = WORDING) -> Wording | None:
    """The published text of a scale; null where none is carried, and scores alone can be entered.

    Raises `BadInput` for an unknown scale, for a text whose licence does not let it be shown, and for a text
    that does not fit the scale's items and answers.
    """
    known = scale(scale_id)
    path = folder / f"{scale_id}.{language}.yaml"
    if not path.is_file():
        return None
    if known.permission is not Permission.FREE:
        raise BadInput(f"{path.name}: the licence of {scale_id} must be {Permission.FREE}, not {known.permission}")
    file = as_schema(read_typed(path), WordingFile, path.name)
    _check_wording(file, known, language, path.name)
    return _worded(file)


def wordings(folder: Path = WORDING) -> tuple[Wording, ...]:
    """Every wording that is carried. Raises `BadInput` for a file that belongs to no scale or may not be shown."""
    names = [path.name.removesuffix(".yaml").partition(".") for path in sorted(folder.glob("*.yaml"))]
    found = [wording(scale_id, language, folder) for scale_id, _, language in names]
    return tuple(held for held in found if held is not None)


def _check_wording(file: WordingFile, known: Scale, language: str, name: str) -> None:
    if (file.scale, file.language) != (known.id, language):
        raise BadInput(f"{name}: {known.id} in {language} is needed, not {file.scale} in {file.language}")
    if len(file.items) != known.length:
        raise BadInput(f"{name}: items: {known.length} are needed, not {len(file.items)}")
    scores = [option.score for option in file.options]
    if scores != list(range(known.items[0].low, known.items[0].high + 1)):
        raise BadInput(
            f"{name}: options: scores {known.items[0].low} to {known.items[0].high} are needed, not {scores}"
        )
    if not file.taken_from:
        raise BadInput(f"{name}: from: the public file that carries the text is needed")


def _worded(file: WordingFile) -> Wording:
    return Wording(
        scale_id=file.scale,
        language=file.language,
        title=file.title,
        stem=file.stem,
        questions=tuple(Question(item.text, item.loinc) for item in file.items),
        answers=_worded_answers(file.options),
        attribution=file.attribution,
        licence=file.licence,
        taken_from=tuple(TakenFrom(held.repository, held.path, held.at, held.took) for held in file.taken_from),
        unscored=tuple(
            Unscored(id, held.condition, held.text, _worded_answers(held.options), held.loinc)
            for id, held in file.extra.items()
        ),
    )


def _worded_answers(options: list[WordedAnswer]) -> tuple[Answer, ...]:
    return tuple(Answer(option.text, option.score, option.loinc) for option in options)


@cache
def outcome_rules() -> OutcomeRules:
    """The outcome definitions that hold where neither a protocol nor a scale has its own."""
    held = as_schema(read_typed(RULES), RulesFile, RULES.name).outcome
    return OutcomeRules(
        response=_generic("response", held.response),
        partial=_generic("partial_response", held.partial_response),
        worsening=_generic("worsening", held.worsening),
        relapse=Sourced(Relapse(_need(held.relapse.consecutive, "relapse: consecutive")), *_at("outcome.relapse")),
    )


def _at(path: str) -> tuple[Source, str]:
    return source_of(path), path


def _generic(name: str, rule: GenericOutcome) -> Sourced[Criterion]:
    if rule.percent_rise is not None:
        criterion = Criterion(Measure.PERCENT_RISE, rule.percent_rise)
    else:
        criterion = Criterion(Measure.PERCENT_FALL, _need(rule.percent_fall, f"{name}: percent_fall"))
    return Sourced(criterion, *_at(f"outcome.{name}"), note=rule.text)


def _need(value: T | None, name: str) -> T:
    if value is None:
        raise BadInput(f"{RULES.name}: outcome.{name} is needed")
    return value
