"""Preparing a dose: what is drawn from the vial, how far it is diluted, how fast the pump runs."""

from __future__ import annotations

from dataclasses import dataclass

from remit.pathway.protocol import Protocol
from remit.pathway.sourced import Action, Finding, Sourced
from remit.quantities import BadInput, MgPerMl, Milligrams, Millilitres, Minutes, MlPerHour, Molecule, Route


@dataclass(frozen=True, slots=True)
class VialRules:
    """The strengths in which ketamine vials exist, and from which one a drug is diluted before it enters a vein."""

    strengths: Sourced[tuple[MgPerMl, ...]]
    dilute_from: Sourced[MgPerMl]
    action: Action


@dataclass(frozen=True, slots=True)
class Preparation:
    """The amounts at the bench. Without a strength there is no volume, without a bag no rate."""

    strength: MgPerMl | None = None
    volume: Millilitres | None = None
    bag: Millilitres | None = None
    concentration: MgPerMl | None = None
    """Of the bag, with the drug in it."""
    rate: MlPerHour | None = None
    duration: Minutes | None = None

    def as_dict(self) -> dict[str, float | None]:
        """The amounts as the command line prints them."""
        return {
            "strength_mg_per_ml": _rounded(self.strength, 4),
            "volume_ml": _rounded(self.volume, 3),
            "bag_ml": _rounded(self.bag, 2),
            "concentration_mg_per_ml": _rounded(self.concentration, 4),
            "rate_ml_per_h": _rounded(self.rate, 2),
            "duration_min": _rounded(self.duration, 2),
        }


def _rounded(amount: MgPerMl | Millilitres | MlPerHour | Minutes | None, places: int) -> float | None:
    return None if amount is None else round(amount.value, places)


def prepare(
    protocol: Protocol, dose: Milligrams | None, strength: MgPerMl | None, bag: Millilitres | None, rules: VialRules
) -> tuple[Preparation, list[Finding]]:
    """The amounts for a dose, and the reasons against them. Raises `BadInput` for a vial or bag without a use."""
    _refuse_what_has_no_use(protocol, strength, bag)
    duration = protocol.duration.value if protocol.duration else None
    volume = dose / strength if dose is not None and strength is not None else None
    if bag is not None and volume is not None and bag < volume:
        raise BadInput(f"bag: at least the {volume.value:.2f} mL of drug is needed, not {bag}")
    in_bag = None if dose is None or bag is None else MgPerMl(dose.value / bag.value)
    rate = bag.over(duration) if bag is not None and duration is not None else None
    prepared = Preparation(strength, volume, bag, in_bag, rate, duration)
    findings = _vial_findings(protocol, prepared, rules)
    if bag is not None and duration is None:
        findings.append(_no_duration(protocol))
    return prepared, findings


def _refuse_what_has_no_use(protocol: Protocol, strength: MgPerMl | None, bag: Millilitres | None) -> None:
    if strength is not None and protocol.device is not None:
        raise BadInput(f"strength: {protocol.id} is given by a spray device, there is no vial of {strength}")
    if strength is not None and strength.value == 0:
        raise BadInput("strength: more than 0 mg/mL is needed, not 0 mg/mL")
    if bag is not None and Route.INTRAVENOUS not in protocol.routes:
        raise BadInput(f"bag: {protocol.id} is no infusion, there is no bag of {bag}")
    if bag is not None and bag.value == 0:
        raise BadInput("bag: more than 0 mL is needed, not 0 mL")


def _vial_findings(protocol: Protocol, prepared: Preparation, rules: VialRules) -> list[Finding]:
    strength = prepared.strength
    if strength is None:
        return []
    found = []
    if protocol.route is Route.INTRAVENOUS and strength >= rules.dilute_from.value and not _diluted(prepared):
        limit = rules.dilute_from
        text = f"{strength} must be diluted before it is given into a vein: no bag larger than the drug is named"
        found.append(Finding("concentration_confusion", rules.action, text, limit.source, limit.path))
    doubt = strength_doubted(protocol.molecule, strength, rules)
    return [*found, doubt] if doubt else found


def strength_doubted(molecule: Molecule, strength: MgPerMl, rules: VialRules) -> Finding | None:
    """A ketamine vial of a strength in which none is known to exist; null where nothing is odd."""
    known = rules.strengths
    if molecule is not Molecule.KETAMINE or strength in known.value:
        return None
    listed = ", ".join(f"{one.value:g}" for one in known.value)
    text = f"{strength} is none of the known vial strengths ({listed} mg/mL): read the vial again"
    return Finding("concentration_confusion", Action.WARN, text, known.source, known.path)


def _diluted(prepared: Preparation) -> bool:
    return prepared.bag is not None and (prepared.volume is None or prepared.bag > prepared.volume)


def _no_duration(protocol: Protocol) -> Finding:
    text = "how long the infusion runs is not sourced: there is no rate, a prescriber decides"
    return Finding("unknown:duration", Action.PRESCRIBER_REVIEW, text, path=protocol.id)
