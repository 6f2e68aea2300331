"""The published text of a questionnaire, for showing it to the person who answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that can be chosen. Score null: the question adds nothing to the total."""

    text: str
    score: int | None = None
    loinc: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question as it is printed, with its LOINC code where one is known."""

    text: str
    loinc: str | None = None


@dataclass(frozen=True, slots=True)
class Unscored:
    """A question that follows the items and is not scored; `condition` says when it is asked."""

    id: str
    condition: str
    text: str
    answers: tuple[Answer, ...]
    loinc: str | None = None


@dataclass(frozen=True, slots=True)
class TakenFrom:
    """The public file in which a text was found: repository, path, and the commit or release that was read."""

    repository: str
    path: str
    at: str
    took: str


@dataclass(frozen=True, slots=True)
class Wording:
    """The text of one scale in one language, word for word from the files named in `taken_from`."""

    scale_id: str
    language: str
    title: str
    stem: str
    questions: tuple[Question, ...]
    answers: tuple[Answer, ...]
    attribution: str
    licence: str
    taken_from: tuple[TakenFrom, ...]
    unscored: tuple[Unscored, ...] = ()
