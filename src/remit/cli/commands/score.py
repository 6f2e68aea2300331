"""`remit score`: what a set of answers, or a total, on a rating scale comes to."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any

from remit.cli.output import add_json, show
from remit.quantities import BadInput

if TYPE_CHECKING:
    from remit.pathway.scales import Scale
    from remit.pathway.scoring import Score
    from remit.pathway.sourced import Source


def register(subcommands: Any) -> None:
    """Add `score` to the command line."""
    command = subcommands.add_parser("score", help="score a set of answers on a rating scale")
    command.add_argument("scale", metavar="SCALE", help="id of the scale, such as PHQ9")
    given = command.add_mutually_exclusive_group(required=True)
    given.add_argument(
        "--answers", metavar="1,0,2,…", help="answers in the order of the items; an empty place is missing"
    )
    given.add_argument("--total", metavar="N", help="a total, where the answers are not at hand")
    add_json(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from remit.knowledge.scales import scale as known_scale
    from remit.pathway.scoring import score, score_total

    scale = known_scale(arguments.scale)
    if arguments.total is not None:
        scored = score_total(scale, _whole(f"{scale.id} total", arguments.total))
    else:
        scored = score(scale, _answers(scale, arguments.answers))
    show(document(scale, scored), arguments.json)
    return 0


def _answers(scale: Scale, text: str) -> list[int | None]:
    places = enumerate(text.split(","), start=1)
    return [_whole(f"{scale.id} item {n}", place) if place.strip() else None for n, place in places]


def _whole(thing: str, text: str) -> int:
    if not re.fullmatch(r"\s*[+-]?[0-9]{1,9}\s*", text):
        raise BadInput(f"{thing}: a whole number is needed, not {text.strip()!r}")
    return int(text)


def document(scale: Scale, scored: Score) -> dict[str, Any]:
    """The score with what a reader must know beside it: the recall, and how well each number is known."""
    held: dict[str, Any] = scored.as_dict()
    held["recall_days"] = scale.recall_days
    held["recall"] = scale.recall
    if scale.parts:
        held["parts"] = dict(scored.parts)
    if scale.diagnosis is not None:
        held["provisional_diagnosis"] = scored.provisional_diagnosis
    if scale.cut is not None:
        cut = {"from": scale.cut.low, "to": scale.cut.high, "meaning": scale.cut.meaning, "met": scored.cut_met}
        held["cut"] = cut | _status(scale.cut.source)
    held["statuses"] = _statuses(scale)
    held["source"] = {"origin": scale.source.origin.value, **_status(scale.source)}
    return held


def _status(source: Source) -> dict[str, Any]:
    return {"status": source.status.value, "status_read": source.status_read, "sources": list(source.keys)}


def _statuses(scale: Scale) -> dict[str, Any]:
    sources = {
        "items": scale.items_source,
        "total": scale.total.source if scale.total else None,
        "bands": scale.bands.source if scale.bands else None,
        "triage": scale.triage.source if scale.triage else None,
        "provisional_diagnosis": scale.diagnosis.source if scale.diagnosis else None,
    }
    return {name: _status(source) for name, source in sources.items() if source is not None}
