"""The dose of a session: how much, of which molecule, drawn from what, given how fast, and every reason against it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from remit.pathway.preparation import Preparation, VialRules, prepare
from remit.pathway.protocol import Dose, FixedDose, PerKilogram, Protocol, Unsourced
from remit.pathway.referral import Case
from remit.pathway.sourced import Action, Finding, Source, Sourced, Status, worst_first
from remit.pathway.weight import WeightBasis, WeightRules, WeightUsed, plausibility_findings, weight_for_dose
from remit.quantities import (
    BadInput,
    Centimetres,
    Kilograms,
    MgPerKg,
    MgPerMl,
    Milligrams,
    Millilitres,
    Minutes,
    MlPerHour,
    Molecule,
    Route,
)

T = TypeVar("T")
_ROUNDING = 1e-9
"""What two ways of computing one amount may differ by: a bound is never missed or hit by it."""


@dataclass(frozen=True, slots=True)
class DosingRules:
    """What the knowledge and the clinic say about doses, beside the protocol."""

    weight: WeightRules
    vials: VialRules
    second_check_above: Sourced[Milligrams] | None = None
    """The clinic's own limit, above which a second prescriber is asked; no source gives one."""


@dataclass(frozen=True, slots=True)
class DoseOrder:
    """A dose with what it was computed from. `dose` is null where none can be computed."""

    protocol: Protocol
    session: int
    dose: Milligrams | None
    per_kg: MgPerKg | None = None
    weight_used: Kilograms | None = None
    weight_basis: WeightBasis | None = None
    weight_date: date | None = None
    devices: int | None = None
    preparation: Preparation = field(default_factory=Preparation)
    findings: tuple[Finding, ...] = ()

    @property
    def molecule(self) -> Molecule:
        """What is given; never assumed from the dose."""
        return self.protocol.molecule

    @property
    def route(self) -> Route:
        """The way by which it is given."""
        return self.protocol.route

    @property
    def volume(self) -> Millilitres | None:
        """What is drawn from the vial."""
        return self.preparation.volume

    @property
    def rate(self) -> MlPerHour | None:
        """How fast the pump runs."""
        return self.preparation.rate

    @property
    def duration(self) -> Minutes | None:
        """How long giving takes; 0 min for an injection."""
        return self.preparation.duration

    @property
    def allowed(self) -> bool:
        """False where nothing can be computed or a finding blocks."""
        return self.dose is not None and all(found.action is not Action.BLOCK for found in self.findings)

    def as_dict(self) -> dict[str, object]:
        """The order as the command line prints it."""
        return {
            "protocol": self.protocol.id,
            "protocol_version": self.protocol.version,
            "session": self.session,
            "molecule": self.molecule.value,
            "route": self.route.value,
            "allowed": self.allowed,
            "dose_mg": _rounded(self.dose, 2),
            "dose_mg_per_kg": _rounded(self.per_kg, 4),
            "weight_used_kg": _rounded(self.weight_used, 2),
            "weight_basis": self.weight_basis.value if self.weight_basis else None,
            "weight_date": self.weight_date.isoformat() if self.weight_date else None,
            "devices": self.devices,
            **self.preparation.as_dict(),
            "findings": [found.as_dict() for found in self.findings],
        }


def _rounded(amount: Milligrams | MgPerKg | Kilograms | None, places: int) -> float | None:
    return None if amount is None else round(amount.value, places)


def compute_dose(
    case: Case,
    protocol: Protocol,
    session_n: int,
    *,
    step: int | None = None,
    dose: Milligrams | MgPerKg | None = None,
    strength: MgPerMl | None = None,
    bag: Millilitres | None = None,
    weight_basis: WeightBasis | str = WeightBasis.ACTUAL,
    adopted: frozenset[str] = frozenset(),
    rules: DosingRules,
) -> DoseOrder:
    """The dose of a session, by the protocol's step or as ordered, with every finding, the strictest first.

    A block on an unverified number asks the prescriber instead, until its id is among the `adopted`.
    Raises `BadInput` for what cannot be meant: a step outside the list, a dose in the wrong unit, a bag too small.
    """
    if session_n < 1:
        raise BadInput(f"session: 1 or more is needed, not {session_n}")
    if step is not None and dose is not None:
        raise BadInput(f"dose: a step or a dose is needed, not both (step {step} and {dose})")
    rule = protocol.dose_for(case.diagnosis.indication)
    order = DoseOrder(protocol, session_n, None, findings=_investigational(protocol))
    match rule:
        case PerKilogram():
            order = _by_weight(order, rule, case, step, dose, _basis(weight_basis), rules, adopted)
        case FixedDose():
            order = _fixed(order, rule, case, step, dose)
        case Unsourced():
            order = _with(order, _refusal("no_dose", f"no dose can be computed: {rule.text}", protocol))
    order = _with_second_check(_prepared(order, strength, bag, rules), rules)
    return replace(order, findings=tuple(worst_first([found.failing_safe(adopted) for found in order.findings])))


def _basis(word: WeightBasis | str) -> WeightBasis:
    try:
        return WeightBasis(word)
    except ValueError:
        raise BadInput(f"weight basis: {', '.join(WeightBasis)} is needed, not {word!r}") from None


def weight_findings(
    new: Kilograms, previous: Kilograms | None, height: Centimetres | None, rules: DosingRules
) -> list[Finding]:
    """Reasons to weigh again before a dose is computed: a large change, or a weight that is hardly possible."""
    return plausibility_findings(new, previous, height, rules.weight)


def dose_steps(rule: Dose, older: bool = False) -> tuple[Milligrams | MgPerKg, ...]:
    """The doses that a step counts into, from 1; none where no dose is planned without an order."""
    match rule:
        case PerKilogram():
            if rule.steps is not None:
                return rule.steps.value
            return (rule.start.value,) if rule.start is not None else ()
        case FixedDose():
            return rule.steps(older)
    return ()


def _with(order: DoseOrder, *findings: Finding) -> DoseOrder:
    return replace(order, findings=order.findings + findings)


def _refusal(id: str, text: str, protocol: Protocol) -> Finding:
    source = protocol.regulatory.source
    return Finding(id, Action.BLOCK, text, Source(source.origin, Status.DERIVED, "derived"), protocol.id)


def _investigational(protocol: Protocol) -> tuple[Finding, ...]:
    if not protocol.investigational:
        return ()
    said = protocol.regulatory
    return (
        Finding(
            "investigational", Action.PRESCRIBER_REVIEW, f"{said.value}: only inside a study", said.source, said.path
        ),
    )


def _step(steps: tuple[Milligrams | MgPerKg, ...], step: int | None) -> Milligrams | MgPerKg:
    number = 1 if step is None else step
    if not 1 <= number <= len(steps):
        listed = ", ".join(f"{at} = {value}" for at, value in enumerate(steps, start=1))
        raise BadInput(f"step: 1 to {len(steps)} is needed ({listed}), not {number}")
    return steps[number - 1]


# A dose by body weight


def _by_weight(
    order: DoseOrder,
    rule: PerKilogram,
    case: Case,
    step: int | None,
    ordered: Milligrams | MgPerKg | None,
    basis: WeightBasis,
    rules: DosingRules,
    adopted: frozenset[str],
) -> DoseOrder:
    steps = dose_steps(rule)
    if ordered is None and not steps:
        if step is not None:
            raise BadInput(f"step: {order.protocol.id} has no steps, order a dose; not {step}")
        return _with(order, _refusal("no_start_dose", _no_start(rule), order.protocol))
    wanted = _step(steps, step) if ordered is None else ordered
    weight = weight_for_dose(case.patient, case.asof, basis, rules.weight, _source(rule))
    measured_on = case.patient.weight.measured_on if case.patient.weight else None
    order = replace(order, weight_used=weight.kg, weight_basis=basis, weight_date=measured_on)
    order = _with(order, *weight.findings)
    if weight.kg is None:
        return order
    mg = wanted * weight.kg if isinstance(wanted, MgPerKg) else wanted
    order = _with(order, *_early_step(order, rule, step), *_range_findings(mg.per(weight.kg), rule, adopted))
    return _under_ceiling(order, rule, mg, weight)


def _source(rule: PerKilogram) -> Source:
    known = rule.start or rule.studied or rule.practice
    return known.source if known else Source()


def _in_words(bounds: Sourced[tuple[MgPerKg, MgPerKg]]) -> str:
    low, high = bounds.value
    return f"{low.value:g} to {high}" if low != high else f"{high}"


def _no_start(rule: PerKilogram) -> str:
    known = f"{_in_words(rule.studied)} was studied" if rule.studied else "no studied range is sourced either"
    return f"no starting dose is sourced ({known}): a prescriber orders the dose"


def _early_step(order: DoseOrder, rule: PerKilogram, step: int | None) -> list[Finding]:
    """Response-guided steps go up one at a time, so a session cannot lie below its step."""
    if step is None or rule.steps is None or step <= order.session:
        return []
    source, path, said = rule.steps.source, rule.steps.path, "steps go up one at a time"
    if rule.escalation is not None:
        source, path, said = rule.escalation.source, rule.escalation.path, rule.escalation.value
    text = f"step {step} in session {order.session}: {said}"
    return [Finding("escalation", Action.PRESCRIBER_REVIEW, text, source, path)]


def _range_findings(per_kg: MgPerKg, rule: PerKilogram, adopted: frozenset[str]) -> list[Finding]:
    shown, practice = f"{per_kg.value:.4g} mg/kg", rule.practice
    habit = f"; practice of {_in_words(practice)} is no permission" if practice else ""
    if rule.studied is None:
        text = f"{shown}: no studied range is sourced{habit}"
        source = practice.source if practice else Source()
        path = practice.path if practice else ""
        return [Finding("studied_range", Action.PRESCRIBER_REVIEW, text, source, path, two_person=True)]
    low, high = rule.studied.value
    source, path = rule.studied.source, rule.studied.path
    if per_kg.value > high.value * (1 + _ROUNDING):
        text = f"{shown} is above the studied range of {_in_words(rule.studied)}: a second prescriber is asked{habit}"
        return [Finding("studied_range", Action.PRESCRIBER_REVIEW, text, source, path, two_person=True)]
    if per_kg.value < low.value * (1 - _ROUNDING):
        text = f"{shown} is below the studied range of {_in_words(rule.studied)}"
        return [Finding("studied_range", Action.PRESCRIBER_REVIEW, text, source, path)]
    return _unconfirmed("studied_range", f"the range of {_in_words(rule.studied)}", rule.studied, adopted)


def _unconfirmed(id: str, what: str, held: Sourced[T], adopted: frozenset[str]) -> list[Finding]:
    """An unverified number permits nothing: the prescriber is asked until the lead adopts it."""
    if held.source.status is not Status.UNVERIFIED or adopted & {id, held.path}:
        return []
    text = f"{what} is not confirmed: a prescriber decides"
    return [Finding(id, Action.PRESCRIBER_REVIEW, text, held.source, held.path)]


def _under_ceiling(order: DoseOrder, rule: PerKilogram, mg: Milligrams, weight: WeightUsed) -> DoseOrder:
    ceiling = rule.ceiling
    if ceiling is not None and mg > ceiling.value:
        text = f"{mg.value:.1f} mg is above the ceiling: {ceiling.value} is given"
        order = _with(order, Finding("ceiling", Action.WARN, text, ceiling.source, ceiling.path))
        mg = ceiling.value
    return replace(order, dose=mg, per_kg=mg.per(weight.kg) if weight.kg else None)


# A dose in milligrams


def _fixed(
    order: DoseOrder, rule: FixedDose, case: Case, step: int | None, ordered: Milligrams | MgPerKg | None
) -> DoseOrder:
    if isinstance(ordered, MgPerKg):
        raise BadInput(f"dose: {order.protocol.id} is given in mg, not {ordered}")
    age = case.patient.age_on(case.asof)
    older = rule.older_from is not None and (age is None or age >= rule.older_from.value)
    wanted = _step(rule.steps(older), step) if ordered is None else ordered
    if not isinstance(wanted, Milligrams):
        raise BadInput(f"dose: {order.protocol.id} is given in mg, not {wanted}")
    order = replace(order, dose=wanted)
    order = _with(order, *_age_findings(rule, age), *_allowed_findings(rule, wanted, older))
    return _with_devices(_with(order, *_first_dose_findings(order, rule, wanted, older)), wanted)


def _age_findings(rule: FixedDose, age: int | None) -> list[Finding]:
    limit = rule.older_from
    if limit is None or (age is not None and age < limit.value):
        return []
    if rule.first_older is None:
        known = "the age is not recorded" if age is None else f"at {age} years"
        text = f"{known}: no dose is sourced from {limit.value} years"
        return [Finding("age_65_plus", Action.PRESCRIBER_REVIEW, text, limit.source, limit.path)]
    if age is None:
        text = f"the birth date is not recorded: the dose from {limit.value} years is used"
        return [Finding("unknown:birth_date", Action.PRESCRIBER_REVIEW, text, limit.source, limit.path)]
    return []


def _allowed_findings(rule: FixedDose, wanted: Milligrams, older: bool) -> list[Finding]:
    allowed = rule.allowed_older if older and rule.allowed_older else rule.allowed
    listed = ", ".join(f"{dose.value:g}" for dose in allowed.value)
    above = wanted > max(allowed.value)
    if wanted in allowed.value:
        return []
    if not allowed.source.binding and not above and wanted >= min(allowed.value):
        return []
    action = Action.BLOCK if allowed.source.binding else Action.PRESCRIBER_REVIEW
    asked = ": a second prescriber is asked" if above else ""
    text = f"{wanted} is none of the allowed doses ({listed} mg){asked}"
    return [Finding("allowed_doses", action, text, allowed.source, allowed.path, two_person=above)]


def _first_dose_findings(order: DoseOrder, rule: FixedDose, wanted: Milligrams, older: bool) -> list[Finding]:
    first = rule.first_older if older and rule.first_older else rule.first
    if not rule.first_is_only or order.session > rule.first_sessions or wanted == first.value:
        return []
    action = Action.BLOCK if wanted > first.value and first.source.binding else Action.PRESCRIBER_REVIEW
    text = f"session {order.session} is given {first.value}, not {wanted}"
    if rule.escalation is not None:
        text = f"{text} ({rule.escalation.value})"
    return [Finding("first_dose", action, text, first.source, first.path)]


def _with_devices(order: DoseOrder, wanted: Milligrams) -> DoseOrder:
    device = order.protocol.device
    if device is None:
        return order
    each = device.mg.value
    count = round(wanted.value / each.value)
    if count >= 1 and abs(count * each.value - wanted.value) <= _ROUNDING:
        return replace(order, devices=count)
    text = f"{wanted} is no whole number of devices of {each}"
    return _with(order, Finding("device_count", Action.BLOCK, text, device.mg.source, device.mg.path))


# What is done with the dose


def _prepared(order: DoseOrder, strength: MgPerMl | None, bag: Millilitres | None, rules: DosingRules) -> DoseOrder:
    prepared, findings = prepare(order.protocol, order.dose, strength, bag, rules.vials)
    return _with(replace(order, preparation=prepared), *findings)


def _with_second_check(order: DoseOrder, rules: DosingRules) -> DoseOrder:
    limit = rules.second_check_above
    if limit is None or order.dose is None or order.dose <= limit.value:
        return order
    text = f"{order.dose.value:.1f} mg is above the clinic's limit of {limit.value}: a second prescriber is asked"
    found = Finding("second_check", Action.PRESCRIBER_REVIEW, text, limit.source, limit.path, two_person=True)
    return _with(order, found)
