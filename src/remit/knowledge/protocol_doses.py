"""How a protocol doses, from its file: by weight, in steps, fixed, or not known."""

from __future__ import annotations

from remit.knowledge.protocol_dose_file import (
    FixedRule,
    Number,
    Numbers,
    PerKgRule,
    ReportedRule,
    SteppedRule,
)
from remit.knowledge.protocol_file import ProtocolFile
from remit.knowledge.protocol_marks import Marks
from remit.pathway.protocol import Dose, FixedDose, Outcome, PerKilogram, Unsourced
from remit.pathway.sourced import Sourced
from remit.quantities import BadInput, MgPerKg, Milligrams

_RULE = "dose_rule"
Bounds = tuple[MgPerKg, MgPerKg]


def dose(file: ProtocolFile, marks: Marks) -> Dose:
    """The protocol's dosing; `Unsourced` says what is known instead where no dose can be computed."""
    match file.dose_rule:
        case PerKgRule() as rule:
            return _per_kilogram(rule, marks)
        case SteppedRule() as rule:
            return _stepped(rule, marks)
        case FixedRule() as rule:
            return _fixed(rule, marks)
        case ReportedRule() as rule:
            return _reported(rule, marks)
    return Unsourced(_levels_in_words(file))


def indication_doses(file: ProtocolFile, marks: Marks) -> tuple[tuple[str, Dose], ...]:
    """Indications with a dose of their own (the psychiatric emergency of the EU text)."""
    own, rule = file.psychiatric_emergency, file.dose_rule
    if own is None or not isinstance(rule, FixedRule):
        return ()
    path = "psychiatric_emergency"
    first = marks.mark(Milligrams(own.dose_mg), f"{path}.dose_mg")
    reduced = Milligrams(own.reduce_to_mg)
    doses: tuple[Milligrams, ...] = (reduced, first.value)
    allowed = marks.mark(doses, f"{path}.reduce_to_mg")
    older = _older_from(rule, marks) if own.under_65 else None
    return ((own.indication, FixedDose(first, allowed, older_from=older)),)


def own_response(file: ProtocolFile, marks: Marks) -> Outcome | None:
    """The protocol's own definition of a response, where a source gives one."""
    rule = file.dose_rule
    if not isinstance(rule, FixedRule) or (said := rule.responder_definition) is None:
        return None
    path = f"{_RULE}.responder_definition"
    most = marks.mark(said.madrs_max, f"{path}.madrs_max")
    return Outcome("MADRS", most, marks.mark(said.min_reduction_percent, f"{path}.min_reduction_percent"))


def _bounds(low: float, high: float) -> Bounds:
    if low > high:
        raise BadInput(f"{_RULE}: a range from low to high is needed, not {low:g} to {high:g} mg/kg")
    return MgPerKg(low), MgPerKg(high)


def _escalation(rule: PerKgRule | SteppedRule | FixedRule, marks: Marks) -> Sourced[str] | None:
    said = rule.escalation
    return marks.mark(said.text, f"{_RULE}.escalation") if said and said.text else None


def _per_kilogram(rule: PerKgRule, marks: Marks) -> PerKilogram:
    basis, practice = rule.weight_basis, rule.practice_range
    return PerKilogram(
        start=_start(rule, marks),
        studied=_studied(rule, marks),
        obesity_bmi=marks.mark(basis.bmi_threshold, f"{_RULE}.weight_basis", basis.text) if basis else None,
        practice=marks.mark(_bounds(practice.min, practice.max), f"{_RULE}.practice_range", practice.note)
        if practice
        else None,
        escalation=_escalation(rule, marks),
    )


def _start(rule: PerKgRule, marks: Marks) -> Sourced[MgPerKg] | None:
    if rule.start is not None and rule.start.value is not None:
        return marks.mark(MgPerKg(rule.start.value), f"{_RULE}.start", rule.start.note)
    if rule.value is not None:
        return marks.mark(MgPerKg(rule.value), _RULE, rule.note)
    return None


def _studied(rule: PerKgRule, marks: Marks) -> Sourced[Bounds] | None:
    if rule.studied_range is not None:
        held = rule.studied_range
        return marks.mark(_bounds(held.min, held.max), f"{_RULE}.studied_range", held.note)
    if rule.studied is not None:
        values = rule.studied.value
        return marks.mark(_bounds(min(values), max(values)), f"{_RULE}.studied", rule.studied.note)
    if rule.value is not None:
        return marks.mark(_bounds(rule.value, rule.value), _RULE, rule.note)
    if rule.arms:
        given = [value for arm in rule.arms for value in _values(arm.mg_per_kg)]
        return marks.mark(_bounds(min(given), max(given)), f"{_RULE}.arms.0", "the arms of the trials")
    return None


def _values(held: float | tuple[float, float]) -> tuple[float, ...]:
    return held if isinstance(held, tuple) else (held,)


def _stepped(rule: SteppedRule, marks: Marks) -> PerKilogram:
    steps, ranged, volume = rule.steps_mg_per_kg, rule.range_verified, rule.volume_ml
    first = MgPerKg(steps.value[0]) if steps else None
    return PerKilogram(
        start=marks.mark(first, f"{_RULE}.steps_mg_per_kg") if first else None,
        studied=marks.mark(_bounds(ranged.min, ranged.max), f"{_RULE}.range_verified") if ranged else None,
        steps=marks.mark(tuple(MgPerKg(step) for step in steps.value), f"{_RULE}.steps_mg_per_kg") if steps else None,
        ceiling=marks.mark(Milligrams(volume.ceiling_mg), f"{_RULE}.volume_ml.ceiling_mg", volume.note)
        if volume
        else None,
        practice=_up_to(rule, marks),
        escalation=_escalation(rule, marks),
    )


def _up_to(rule: SteppedRule, marks: Marks) -> Sourced[Bounds] | None:
    if rule.max_mg_per_kg is None:
        return None
    return marks.mark(_bounds(0, rule.max_mg_per_kg), f"{_RULE}.max_mg_per_kg", rule.start_note)


def _fixed(rule: FixedRule, marks: Marks) -> Dose:
    if rule.enrichment is not None and rule.double_blind_arms_mg is not None:
        path, lead = f"{_RULE}.enrichment", rule.enrichment
        arms = tuple(Milligrams(mg) for mg in rule.double_blind_arms_mg.value if mg > 0)
        return FixedDose(
            first=marks.mark(Milligrams(lead.mg), f"{path}.mg"),
            allowed=marks.mark(arms, f"{_RULE}.double_blind_arms_mg"),
            first_sessions=lead.days,
        )
    if rule.day1_mg_under_65 is not None and rule.allowed_mg_under_65 is not None:
        return _by_age(rule, rule.day1_mg_under_65, rule.allowed_mg_under_65, marks)
    first, allowed = _number(rule.day1_mg), _numbers(rule.allowed_mg)
    if first is None or allowed is None:
        return Unsourced("the file gives no first dose or no allowed doses")
    return FixedDose(
        first=marks.mark(Milligrams(first), f"{_RULE}.day1_mg"),
        allowed=marks.mark(tuple(Milligrams(mg) for mg in allowed), f"{_RULE}.allowed_mg", rule.reduction),
        escalation=_escalation(rule, marks),
    )


def _by_age(rule: FixedRule, first: Number, allowed: tuple[float, ...], marks: Marks) -> Dose:
    if first.value is None:
        return Unsourced("the file gives no first dose")
    source = f"{_RULE}.allowed_source" if rule.allowed_source else f"{_RULE}.allowed_mg_under_65"
    older, older_allowed = _number(rule.day1_mg_65_plus), rule.allowed_mg_65_plus
    return FixedDose(
        first=marks.mark(Milligrams(first.value), f"{_RULE}.day1_mg_under_65"),
        allowed=marks.mark(tuple(Milligrams(mg) for mg in allowed), source),
        first_older=marks.mark(Milligrams(older), f"{_RULE}.day1_mg_65_plus") if older is not None else None,
        allowed_older=marks.mark(tuple(Milligrams(mg) for mg in older_allowed), source) if older_allowed else None,
        older_from=_older_from(rule, marks),
    )


def _older_from(rule: FixedRule, marks: Marks) -> Sourced[int] | None:
    age = _number(rule.older_from_age)
    return marks.mark(int(age), f"{_RULE}.older_from_age") if age is not None else None


def _number(held: float | Number | None) -> float | None:
    return held.value if isinstance(held, Number) else held


def _numbers(held: tuple[float, ...] | Numbers | None) -> tuple[float, ...] | None:
    return held.value if isinstance(held, Numbers) else held


def _reported(rule: ReportedRule, marks: Marks) -> Dose:
    for at, arm in enumerate(rule.trial_arms or ()):
        if arm.studied_mg_per_kg is not None:
            studied = marks.mark(_bounds(*arm.studied_mg_per_kg), f"{_RULE}.trial_arms.{at}", arm.text)
            return PerKilogram(start=None, studied=studied)
    return Unsourced("no dose was studied in a controlled comparison; what was reported stands in the file")


def _levels_in_words(file: ProtocolFile) -> str:
    levels = file.dose_levels
    if levels is None:
        return "the file gives no dosing rule"
    lozenge = levels.lozenge_mg_range
    return (
        f"practice only: lozenges of {lozenge.min:g} to {lozenge.max:g} mg are described, "
        f"the injected dose is not sourced ({levels.im_mg.note})"
    )
