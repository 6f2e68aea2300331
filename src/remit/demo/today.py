"""The three chairs at this minute: what makes their sessions worth a look."""

from __future__ import annotations

from dataclasses import replace

from remit.demo.scripts import DOSE, Beat, Scene, last_dose


def infusing(scene: Scene) -> list[Beat]:
    """An infusion that runs, a pressure that rises, and one odd cuff value that is to be taken again."""
    kept = [beat for beat in scene.beats if beat.kind not in ("vitals", "adverse_event") or beat.minute > DOSE + 30]
    return [
        *kept,
        _vitals(9, 134, 82, 74, 98),
        _vitals(DOSE + 15, 149, 91, 83, 98),
        Beat(DOSE + 18, "adverse_event", {"id": "dissociation", "severity": "mild"}),
        _vitals(DOSE + 24, 191, 97, 92, 97),
    ]


def observing(scene: Scene) -> list[Beat]:
    """The sprays are in, the 40-minute pressure is taken, dissociation is over; some of discharge is still open."""
    last = last_dose(scene.plan)
    before = [beat for beat in scene.beats if beat.minute <= last and beat.kind != "vitals"]
    after = [beat for beat in scene.beats if beat.minute > last + 75]
    return [
        *before,
        _vitals(9, 126, 78, 70, 98),
        Beat(last + 16, "adverse_event", {"id": "dissociation", "severity": "mild"}),
        Beat(last + 38, "scale", {"id": "MOAAS", "total": 4}),
        Beat(last + 39, "scale", {"id": "CADSS6", "total": 7}),
        _vitals(last + 41, 143, 88, 79, 97),
        Beat(last + 56, "scale", {"id": "MOAAS", "total": 5}),
        Beat(last + 57, "scale", {"id": "CADSS6", "total": 0}),
        Beat(last + 57.5, "resolved", {"id": "dissociation"}),
        _vitals(last + 63, 133, 82, 73, 98),
        Beat(last + 65, "check", {"id": "orientation", "result": "confirmed"}),
        Beat(last + 66, "check", {"id": "nausea", "result": "confirmed"}),
        *after,
    ]


def arriving(scene: Scene) -> list[Beat]:
    """Somebody at the gate: a pressure that asks the prescriber, and two questions still to be put."""
    waits = {"cssrs_since_last_visit", scene.plan.protocol.fasting_check}
    later = [replace(beat, minute=13.5) if beat.said.get("id") in waits else beat for beat in scene.beats]
    return [_vitals(9, 147, 91, 78, 98) if beat.kind == "vitals" and beat.minute == 9 else beat for beat in later]


def _vitals(minute: float, systolic: int, diastolic: int, heart_rate: int, spo2: int) -> Beat:
    said = {
        "systolic": systolic,
        "diastolic": diastolic,
        "heart_rate": heart_rate,
        "spo2": spo2,
        "respiratory_rate": 14,
    }
    return Beat(minute, "vitals", said)
