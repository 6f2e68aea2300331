"""The trials as networks: which treatments a chain of comparisons connects, and what each connected part says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from remit.evidence.estimators import Method
from remit.evidence.network import Difference, Network, network, parts
from remit.evidence.selection import Contrast, Join, Question, select
from remit.pathway.trials import Comparator, Trials

APART = frozenset({Join.MOLECULES, Join.ROUTES, Join.COMPARATORS})
"""In a network these are treatments of their own, so that nothing has to be joined."""


def network_answer(trials: Trials, question: Question, method: Method, level: float) -> dict[str, Any]:
    """One network for each stretch of time, divided into its connected parts. Only what was seen is in it."""
    found = select(trials, replace(question, join=question.join | APART))
    return {
        "outcome": question.figure.value,
        "measure": question.measure.value,
        "method": method.value,
        "level": level,
        "joined": sorted(question.join - APART),
        "networks": [
            {"time": group.key.time, "scale": group.key.scale or None} | _parts(trials, group.seen, method, level)
            for group in found.groups
            if group.seen
        ],
        "from_memory": sorted({each.name for group in found.groups for each in group.memory}),
        "excluded": len(found.excluded),
        "release": {name: trials.release[name] for name in ("version", "date", "checksum")},
    }


def _parts(trials: Trials, contrasts: Sequence[Contrast], method: Method, level: float) -> dict[str, Any]:
    apart = parts([_difference(trials, contrast) for contrast in contrasts])
    fitted = [network(part, method, level) for part in apart]
    return {"connected": len(fitted) == 1, "parts": [_part(held) for held in fitted]}


def _difference(trials: Trials, contrast: Contrast) -> Difference:
    effect = contrast.found.effect
    one, other = treatments(trials, contrast)
    return Difference(contrast.name, one, other, effect.estimate, effect.variance)


def treatments(trials: Trials, contrast: Contrast) -> tuple[str, str]:
    """The two treatments of a comparison. With an active background in both arms it is another treatment."""
    arm, control = contrast.active[0], contrast.control
    one = f"{trials.molecules[arm.molecule]} {trials.routes[arm.route]}"
    kind = trials.comparators[control.comparator_type or ""]
    if kind is Comparator.BACKGROUND:
        return f"{one} with background", "background with inert spray"
    if kind is not Comparator.TREATMENT:
        return one, kind.value.replace("_", " ")
    molecule = trials.molecules[control.molecule]
    return one, control.molecule if molecule == "none" else f"{molecule} {trials.routes[control.route]}"


def _part(held: Network) -> dict[str, Any]:
    return {
        "treatments": list(held.treatments),
        "studies": held.studies,
        "tau2": held.tau2,
        "i2": held.i2,
        "league": [{**asdict(row), "ci": list(row.ci)} for row in held.league],
        "consistency": asdict(held.consistency),
        "splits": [asdict(split) for split in held.splits],
    }


def as_text(held: dict[str, Any]) -> str:
    """The networks as a person reads them."""
    lines: list[str] = []
    for each in held["networks"]:
        lines.append(" · ".join(word for word in (each["time"].replace("_", " "), each["scale"]) if word))
        if not each["connected"]:
            lines.append(f"  {len(each['parts'])} parts that nothing connects: no comparison leads from one to another")
        for part in each["parts"]:
            lines += _part_text(part)
        lines.append("")
    lines.append(f"{held['measure']}, {held['method']}, on the measure's own scale; below 0 the first has less of it")
    lines.append(
        f"joined: {', '.join(held['joined']) or 'nothing'}; left out: {held['excluded']} (remit evidence pool)"
    )
    return "\n".join([*lines, f"not in it, as nobody has seen the outcome: {', '.join(held['from_memory']) or 'none'}"])


def _part_text(part: dict[str, Any]) -> list[str]:
    many = "1 comparison" if part["studies"] == 1 else f"{part['studies']} comparisons"
    lines = [f"  {', '.join(part['treatments'])}: {many}, tau² {part['tau2']:.4f}"]
    for row in part["league"]:
        direct = f"{row['studies']} direct" if row["studies"] else "indirect only"
        low, high = row["ci"]
        lines.append(f"    {row['one']} – {row['other']}: {row['estimate']:.4f} ({low:.4f} to {high:.4f}), {direct}")
    consistency = part["consistency"]
    if consistency["df_between"]:
        lines.append(f"    designs disagree: Q {consistency['q_between']:.4f}, p {consistency['p_between']:.4f}")
    return lines
