"""A case as the command line reads it from a file, so that what was decided on can be kept and screened again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from remit.pathway.referral import Case, Vitals


def written(case: Case) -> dict[str, Any]:
    """Everything known in the case; what is unknown is left out."""
    patient, diagnosis = case.patient, case.diagnosis
    return _known(
        {
            "asof": case.asof.isoformat(),
            "jurisdiction": case.jurisdiction,
            "setting": case.setting,
            "patient": _known(
                {
                    "birth_date": _day(patient.birth_date),
                    "sex": patient.sex,
                    "weight_kg": patient.weight.kg.value if patient.weight else None,
                    "weight_date": _day(patient.weight.measured_on) if patient.weight else None,
                    "height_cm": patient.height.value if patient.height else None,
                }
            ),
            "diagnosis": _known(asdict(diagnosis) | {"episode_start": _day(diagnosis.episode_start)}),
            "trials": [_known(asdict(trial)) for trial in case.trials],
            "ect_failed": case.ect_failed,
            "conditions": sorted(case.conditions),
            "absent": sorted(case.absent),
            "allergies": None if case.allergies is None else list(case.allergies),
            "medications": None if case.medications is None else [_known(asdict(one)) for one in case.medications],
            "checks": dict(case.checks),
            "vitals": _known(asdict(case.vitals)) if case.vitals else None,
        }
    )


def vitals_in(held: Mapping[str, Any]) -> Vitals | None:
    """What was measured, from a case that was kept."""
    return Vitals(**held["vitals"]) if held.get("vitals") else None


def _known(held: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in held.items() if value is not None}


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None
