"""The trials' answer to a question: a pool of each group, what memory would add, and what was left out and why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from remit.evidence import report
from remit.evidence.effects import Measure
from remit.evidence.hundred import hundred
from remit.evidence.pooling import Choices, Pooled, Studies, pool, quantile
from remit.evidence.robustness import leave_one_out
from remit.evidence.selection import Contrast, Group, Question, select
from remit.pathway.trials import Arm, Study, Trials

EMPTY: dict[str, Any] = {"k": 0}


def answer(trials: Trials, question: Question, choices: Choices) -> dict[str, Any]:
    """The answer as one document. Raises `BadInput` for a question that the trials cannot be asked."""
    found = select(trials, question)
    return {
        "question": _asked(question),
        "choices": {"method": choices.method, "test": choices.test, "level": choices.level, "floor": choices.floor},
        "joined": sorted(join.value for join in question.join),
        "pools": [_group(group, question, choices) for group in found.groups],
        "excluded": [
            {"study": each.study, "arms": list(each.arms), "reason": each.reason.value, "text": each.text}
            for each in found.excluded
        ],
        "release": {name: trials.release[name] for name in ("version", "date", "checksum")},
        "command": command(question, choices),
    }


def _asked(question: Question) -> dict[str, Any]:
    return {
        "outcome": question.figure.value,
        "measure": question.measure.value,
        "indication": question.indication,
        "molecule": question.molecule,
        "route": question.route,
        "comparator": question.comparator,
        "at_hours": None if question.hours is None else list(question.hours),
        "on": question.on,
        "only_seen": question.only_seen,
    }


def command(question: Question, choices: Choices) -> str:
    """The command line that gives this answer again."""
    words = ["remit evidence pool", f"--outcome {question.figure}", f"--measure {question.measure}"]
    asked = {name: getattr(question, name) for name in ("indication", "molecule", "route", "comparator", "on")}
    words += [f"--{name} {value}" for name, value in asked.items() if value is not None]
    if question.hours is not None:
        words.append(f"--at {question.hours[0]:g}h-{question.hours[1]:g}h")
    if question.join:
        words.append(f"--join {','.join(sorted(question.join))}")
    words += ["--only-seen"] if question.only_seen else []
    words += [f"--method {choices.method}", f"--test {choices.test}", f"--level {choices.level:g}"]
    return " ".join([*words, *(["--floor"] if choices.floor else [])])


def _group(group: Group, question: Question, choices: Choices) -> dict[str, Any]:
    """One pool. Where nothing was seen there is no pool, only the line that rests on memory."""
    measure, figure = question.measure, question.figure
    held: dict[str, Any] = {name: value for name, value in asdict(group.key).items() if value}
    notes = [f"{each.name}: {each.found.note}" for each in group.seen if each.found.note]
    pooled = pool_of(group.seen, choices) if group.seen else None
    held |= EMPTY if pooled is None else report.document(pooled, measure, notes)
    held["studies"] = [_study(each, pooled, choices) for each in group.seen]
    if pooled is not None and measure is Measure.OR:
        held["of_hundred"] = hundred(group.seen, figure, pooled, choices).as_dict()
    alone = pooled is None or pooled.k == 1
    held["leave_one_out"] = [] if pooled is None or alone else report.of_series(leave_one_out(pooled), measure)
    held["indications"] = sorted({each.study.facts.indication for each in group.seen})
    held["with_memory"] = _with_memory(group, measure, choices)
    return held


def pool_of(contrasts: Sequence[Contrast], choices: Choices) -> Pooled:
    """These comparisons together; at least one is needed."""
    return pool(
        Studies(
            names=tuple(each.name for each in contrasts),
            effects=tuple(each.found.effect.estimate for each in contrasts),
            variances=tuple(each.found.effect.variance for each in contrasts),
        ),
        choices,
    )


def _study(contrast: Contrast, pooled: Pooled | None, choices: Choices) -> dict[str, Any]:
    """One comparison with its interval, its place in the dataset and its citation."""
    found = contrast.found
    reach = quantile((1 + choices.level / 100) / 2, None) * math.sqrt(found.effect.variance)
    weight = None
    if pooled is not None and contrast.name in pooled.studies.names:
        weight = pooled.weights[pooled.studies.names.index(contrast.name)]
    return {
        "study": contrast.name,
        "yi": found.effect.estimate,
        "vi": found.effect.variance,
        "ci": [found.effect.estimate - reach, found.effect.estimate + reach],
        "weight": weight,
        "study_id": contrast.study.id,
        "arms": [arm.arm_id for arm in contrast.active],
        "control": contrast.control.arm_id,
        "comparator": contrast.control.comparator_type,
        "hours": contrast.active[0].timepoint_hours,
        "scale": contrast.active[0].scale,
        "people": found.people,
        "basis": found.basis,
        "seen": sorted({arm.verified.value for arm in (*contrast.active, contrast.control)}),
        "not_seen": list(found.not_seen),
        "citation": contrast.study.citation,
    }


def _with_memory(group: Group, measure: Measure, choices: Choices) -> dict[str, Any] | None:
    """The sensitivity line: the pool with the comparisons whose outcome nobody has seen."""
    if not group.memory:
        return None
    pooled = pool_of((*group.seen, *group.memory), choices)
    document = report.document(pooled, measure)
    line: dict[str, Any] = {
        name: document[name] for name in ("k", "estimate", "se", "ci", "p", "tau2", "i2", "exp") if name in document
    }
    return {**line, "from_memory": [_study(each, None, choices) for each in group.memory]}


def listed(trials: Trials) -> list[dict[str, Any]]:
    """One line a study: what it is, and what decides about pooling it."""
    return [
        {
            "id": study.id,
            "year": study.arms[0].year,
            "indication": study.facts.indication,
            "design": study.facts.design.value,
            "outcome": study.facts.outcome.value,
            "arms": len(study.arms),
            "seen": sorted({arm.verified.value for arm in study.arms}),
            "why": study.facts.why,
        }
        for study in trials.studies
    ]


def shown(trials: Trials, study: Study) -> dict[str, Any]:
    """Everything about one study: each arm's figures with how each was seen, values over time, adverse events."""
    return {
        "id": study.id,
        "citation": study.citation,
        "facts": {
            "design": study.facts.design.value,
            "indication": study.facts.indication,
            "outcome": study.facts.outcome.value,
            "any_time": study.facts.any_time,
            "enriched": study.facts.enriched,
            "overlaps": list(study.facts.overlaps),
            "why": study.facts.why,
        },
        "arms": [_arm(arm) for arm in study.arms],
        "timecourse": [_row(row) for row in trials.timecourse if row.study_id == study.id],
        "adverse_events": [_row(row) for row in trials.adverse_events if row.study_id == study.id],
    }


def _arm(arm: Arm) -> dict[str, Any]:
    return {
        **_row(arm),
        "not_seen": sorted(
            name for name, value in _row(arm).items() if _is_number(value) and arm.seen(name) == "memory"
        ),
    }


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _row(row: Any) -> dict[str, Any]:
    """The filled cells of a row."""
    cells = {name: getattr(row, name) for name in row.__struct_fields__}
    return {name: value for name, value in cells.items() if value is not None}


def as_text(held: dict[str, Any]) -> str:
    """The answer as a person reads it."""
    lines: list[str] = []
    for group in held["pools"]:
        title = [group[name] for name in ("molecule", "route", "comparator", "time", "scale") if name in group]
        lines += [" · ".join(title).replace("_", " "), *_pool_text(group), ""]
    lines += [f"joined: {', '.join(held['joined']) or 'nothing'}", f"left out: {len(held['excluded'])}"]
    lines += [
        f"  {' '.join([each['study'], *each['arms']])}: {each['reason'].replace('_', ' ')} ({each['text']})"
        for each in held["excluded"]
    ]
    release = held["release"]
    return "\n".join([*lines, f"release {release['version']} of {release['date']}", held["command"]])


def _pool_text(group: dict[str, Any]) -> list[str]:
    lines = (
        [f"  {line}" for line in report.headline(group)]
        if group["k"]
        else ["  nothing was seen in a table or abstract"]
    )
    if "of_hundred" in group:
        lines.append(f"  of 100 people: {_of_hundred(group['of_hundred'])}")
    for study in group["studies"]:
        unseen = f"; not seen: {', '.join(study['not_seen'])}" if study["not_seen"] else ""
        lines.append(f"  {study['study']}: {study['yi']:.4f} ({study['people']} people, {study['basis']}{unseen})")
        lines.append(f"    {study['citation']}")
    memory = group["with_memory"]
    if memory:
        names = ", ".join(study["study"] for study in memory["from_memory"])
        lines.append(
            f"  with what nobody has seen ({names}): {report.said(memory, 'estimate')}, {report.said(memory, 'ci')}"
        )
    return lines


def _of_hundred(held: dict[str, list[float]]) -> str:
    words = {"treated": "with the treatment", "compared": "with the comparator", "difference": "difference"}
    said = {name: [f"{round(100 * part, 1) + 0:.1f}" for part in held[name]] for name in words}
    return "; ".join(f"{words[name]} {value} ({low} to {high})" for name, (value, low, high) in said.items())
