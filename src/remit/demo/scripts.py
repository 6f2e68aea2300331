"""What happens in a session, minute by minute: who enters what, from arrival to the way home."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random
from typing import Any

from remit.pathway import gate
from remit.pathway.session_plan import SessionPlan

DOSE = 20
"""Minutes from arrival to the dose."""
_REST, _RUNS, _PEAK = 5, 40, 40


@dataclass(frozen=True, slots=True)
class Beat:
    """One entry: so many minutes after arrival, by whom (a word of `Staff`), and beside whom."""

    minute: float
    kind: str
    said: Mapping[str, Any] = field(default_factory=dict)
    by: str = "nurse"
    second: str = ""


@dataclass(frozen=True, slots=True)
class Vial:
    """What the dose is drawn from."""

    id: str
    lot: str
    expiry: date
    strength: float

    @property
    def words(self) -> str:
        """The strength as it is printed."""
        return f"{self.strength:g} mg/mL"


@dataclass(frozen=True, slots=True)
class Body:
    """How one person's circulation and mind take the drug that day."""

    systolic: int
    diastolic: int
    heart_rate: int
    rise: float
    dissociation: int
    random: Random

    def vitals(self, after_dose: float) -> dict[str, int]:
        """A vital set so many minutes after the dose; before it with a minus."""
        felt = max(after_dose, 0) / _PEAK
        up = self.rise * felt * math.exp(1 - felt)
        return {
            "systolic": round(self.systolic + up + self.random.uniform(-3, 3)),
            "diastolic": round(self.diastolic + 0.55 * up + self.random.uniform(-2, 2)),
            "heart_rate": round(self.heart_rate + 0.45 * up + self.random.uniform(-3, 3)),
            "spo2": self.random.choice((97, 98, 98, 99)),
            "respiratory_rate": self.random.choice((13, 14, 15, 16)),
        }


@dataclass(frozen=True, slots=True)
class Scene:
    """A session as it would usually go, in order: what a change starts from."""

    beats: list[Beat]
    plan: SessionPlan
    body: Body

    def last_vitals(self, before: float) -> Beat:
        """The last vital set up to a minute."""
        return next(beat for beat in reversed(self.beats) if beat.kind == "vitals" and beat.minute <= before)


Change = Callable[[Scene], list[Beat]]


def script(plan: SessionPlan, body: Body, vial: Vial | None, changes: Sequence[Change] = ()) -> list[Beat]:
    """A whole session in order, with what was unusual about it."""
    beats = [*_gate(plan, body), *_dose(plan, vial), *_watching(plan, body), *_home(plan, body)]
    for change in changes:
        beats = change(Scene(_in_time(beats), plan, body))
    return _in_time(beats)


def _in_time(beats: list[Beat]) -> list[Beat]:
    return sorted(beats, key=lambda beat: beat.minute)


def last_dose(plan: SessionPlan) -> float:
    """Minutes from arrival to the last spray device, or to the dose."""
    return DOSE + _REST * (_devices(plan) - 1)


def _devices(plan: SessionPlan) -> int:
    device = plan.protocol.device
    return round(plan.planned.value / device.mg.value.value) if device else 1


def release(plan: SessionPlan) -> float:
    """Minutes from arrival until nobody need stay any longer, for the clocks of the protocol."""
    held = plan.protocol.release
    ends = DOSE + (_RUNS if plan.infused else 0)
    clocks = ((held.from_last, last_dose(plan)), (held.from_start, DOSE), (held.from_end, ends))
    return max(at + clock.value.value for clock, at in clocks if clock is not None)


# The parts of a session.


def _gate(plan: SessionPlan, body: Body) -> list[Beat]:
    asked = [Beat(2 + n, "check", {"id": id, "result": "confirmed"}) for n, id in enumerate(_in_order(plan))]
    before = body.vitals(-1)
    high = before["systolic"] > 140 or before["diastolic"] > 90
    reason = {"reason": "known to him, settles with rest; benefit outweighs"} if high else {}
    return [
        Beat(0, "arrived"), *asked, Beat(9, "vitals", before), Beat(11, "scale", {"id": "MOAAS", "total": 5}),
        Beat(12, "scale", {"id": "CADSS6", "total": 0}), Beat(15, "cleared", reason, by="lead"),
    ]  # fmt: skip


def _in_order(plan: SessionPlan) -> list[str]:
    """Who it is comes first."""
    return sorted(gate.asked(plan), key=lambda id: id != "identity")


def _dose(plan: SessionPlan, vial: Vial | None) -> list[Beat]:
    if vial is None:
        said = {"mg": 28, "lot": f"SP{17 + plan.number}", "expiry": date(2031, 5, 31)}
        return [Beat(DOSE + _REST * n, "device", said) for n in range(_devices(plan))]
    mg = plan.planned.value
    drawn = {"strength": vial.words, "volume_ml": round(mg / vial.strength, 4), "lot": vial.lot, "vial": vial.id}
    waste = round(_drawn(mg) - mg, 3)
    beats = [
        Beat(16, "vial", {"act": "draw", "vial": vial.id, "mg": _drawn(mg), "molecule": plan.protocol.molecule.value}),
        Beat(18, "preparation", _prepared(plan, drawn), second="second_nurse"),
        Beat(DOSE, "dose_start", {"mg": mg, **drawn, "expiry": vial.expiry}, second="second_nurse"),
        Beat(DOSE + 2, "vial", {"act": "given", "vial": vial.id, "mg": mg}),
    ]
    if waste > 0:
        beats.append(Beat(DOSE + 3, "vial", {"act": "waste", "vial": vial.id, "mg": waste}, second="second_nurse"))
    return beats + ([Beat(DOSE + _RUNS, "dose_end")] if plan.infused else [])


def drawn_from(plan: SessionPlan) -> float:
    """How many milligrams are drawn from the vial."""
    return _drawn(plan.planned.value)


def _drawn(mg: float) -> float:
    """A whole number of tens: what is too much is wasted before a witness."""
    return math.ceil(mg / 10) * 10


def _prepared(plan: SessionPlan, drawn: Mapping[str, Any]) -> dict[str, Any]:
    molecule, weight = plan.protocol.molecule.value, plan.patient.weight
    return {
        "molecule": molecule, **drawn, "second_molecule": molecule, "second_strength": drawn["strength"],
        "second_volume_ml": drawn["volume_ml"], "second_mg": plan.planned.value,
        "second_weight_kg": weight.kg.value if weight and plan.order else None,
    }  # fmt: skip


def _watching(plan: SessionPlan, body: Body) -> list[Beat]:
    zero = last_dose(plan)
    minutes = (40, 75) if plan.spray else (15, 30, 45, 60, 90)
    beats = [Beat(zero + minute, "vitals", body.vitals(minute)) for minute in minutes]
    beats += _rated(zero + 40, 4 if body.dissociation > 7 else 5, body.dissociation)
    beats += _rated(zero + 80, 5, 0)
    if body.dissociation > 1:
        severity = "moderate" if body.dissociation > 9 else "mild"
        beats.append(Beat(zero + 22, "adverse_event", {"id": "dissociation", "severity": severity}))
        beats.append(Beat(zero + 82, "resolved", {"id": "dissociation"}))
    return beats


def _rated(minute: float, moaas: int, cadss: int) -> list[Beat]:
    sedation, dissociation = {"id": "MOAAS", "total": moaas}, {"id": "CADSS6", "total": cadss}
    return [Beat(minute + 1, "scale", sedation), Beat(minute + 2, "scale", dissociation)]


def _home(plan: SessionPlan, body: Body) -> list[Beat]:
    end = release(plan)
    asked = [
        Beat(end - 6 + n * 0.5, "check", {"id": id, "result": "confirmed"})
        for n, id in enumerate(plan.rules.recovery.asked)
    ]
    going = {"escort": body.random.choice(("husband", "sister", "friend, named", "daughter", "neighbour, named"))}
    return [Beat(end - 3, "vitals", body.vitals(end - last_dose(plan))), *asked, Beat(end + 1, "discharge", going)]


# What may be unusual about it.


def misread(scene: Scene) -> list[Beat]:
    """One pressure typed wrong, and corrected two minutes later. The last of several changes: it counts entries."""
    wrong = scene.last_vitals(DOSE + 60)
    right = wrong.said["systolic"]
    typed = replace(wrong, said={**wrong.said, "systolic": right + 30})
    held = [typed if beat is wrong else beat for beat in scene.beats]
    said = {"of": held.index(typed), "entry": {"systolic": right}, "reason": "misread: the cuff says otherwise"}
    return [*held, Beat(typed.minute + 1.5, "correct", said)]


def odd_cuff(scene: Scene) -> list[Beat]:
    """One high cuff value whose repeat is as before."""
    usual = scene.last_vitals(last_dose(scene.plan) + 45)
    odd = replace(usual, said={**usual.said, "systolic": 188, "diastolic": 104})
    return [*(odd if beat is usual else beat for beat in scene.beats), replace(usual, minute=usual.minute + 5)]


def hypertension(scene: Scene) -> list[Beat]:
    """Two high values, a drug for it, and the way down."""
    usual = scene.last_vitals(last_dose(scene.plan) + 45)
    course = ((0, 186, 112), (5, 188, 113), (20, 164, 96))
    high = [
        replace(usual, minute=usual.minute + at, said={**usual.said, "systolic": systolic, "diastolic": diastolic})
        for at, systolic, diastolic in course
    ]
    drug = {"drug": "labetalol", "dose": "10 mg", "route": "intravenous"}
    given = [
        Beat(usual.minute + 6, "alarm_ack", {"id": "postdose_bp_urgent"}, by="prescriber"),
        Beat(usual.minute + 8, "rescue", drug, by="prescriber"),
    ]
    return [*(beat for beat in scene.beats if beat is not usual), *high, *given]


def nausea(scene: Scene) -> list[Beat]:
    """Nausea, and a drug for it."""
    at = last_dose(scene.plan) + 48
    return [
        *scene.beats,
        Beat(at, "adverse_event", {"id": "nausea", "severity": "moderate"}),
        Beat(at + 2, "rescue", {"drug": "ondansetron", "dose": "4 mg", "route": "intravenous"}),
        Beat(at + 34, "resolved", {"id": "nausea"}),
    ]


def stopped(scene: Scene) -> list[Beat]:
    """The infusion is stopped half way because the person asks for it."""
    given = round(scene.plan.planned.value / 2, 1)
    rest = round(drawn_from(scene.plan) - given, 3)
    vial = next(beat.said["vial"] for beat in scene.beats if beat.kind == "vial")
    kept = [beat for beat in scene.beats if beat.kind != "dose_end" and beat.said.get("act") not in ("given", "waste")]
    return [
        *kept,
        Beat(DOSE + 20, "dose_stop", {"reason": "asked to stop: frightened", "given_mg": given}),
        Beat(DOSE + 20.5, "adverse_event", {"id": "anxiety", "severity": "severe"}),
        Beat(DOSE + 24, "vial", {"act": "given", "vial": vial, "mg": given}),
        Beat(DOSE + 25, "vial", {"act": "waste", "vial": vial, "mg": rest}, second="second_nurse"),
        Beat(DOSE + 58, "resolved", {"id": "anxiety"}),
    ]


def left(scene: Scene) -> list[Beat]:
    """The person goes against advice, long before the release."""
    gone = last_dose(scene.plan) + 70
    said = {
        "reason": "has to fetch a child, would not wait",
        "advice_given": True,
        "escort": "taxi",
        "follow_up": "call this afternoon",
    }
    return [*(beat for beat in scene.beats if beat.minute < gone), Beat(gone, "left", said)]


def overridden(scene: Scene) -> list[Beat]:
    """A prescriber lets somebody go who is still a little sick."""
    *before, goes = scene.beats
    why = {"override_reason": "slight nausea as after every infusion, drinks, sister stays tonight"}
    return [*map(_sick, before), replace(goes, said={**goes.said, **why}, by="prescriber")]


def _sick(beat: Beat) -> Beat:
    asked = beat.kind == "check" and beat.said["id"] == "nausea"
    return replace(beat, said={**beat.said, "result": "failed"}) if asked else beat
