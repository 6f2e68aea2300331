"""The unit of a value, from its own `unit` or from the word with which its key ends."""

from __future__ import annotations

UNIT_OF_ENDING = {
    "mg_per_kg": "mg/kg",
    "mg_per_ml": "mg/mL",
    "mg_day": "mg/day",
    "mg": "mg",
    "ml": "mL",
    "kg": "kg",
    "min": "min",
    "minutes": "min",
    "hours": "h",
    "days": "d",
    "weeks": "wk",
    "percent": "%",
    "points": "points",
    "bmi": "kg/m²",
    "temperature_c": "°C",
}
UNIT_OF_START = {
    "systolic": "mmHg",
    "diastolic": "mmHg",
    "delta_systolic": "mmHg",
    "delta_diastolic": "mmHg",
    "spo2": "%",
    "hr": "/min",
    "heart_rate": "/min",
    "rr": "/min",
    "respiratory_rate": "/min",
    "minutes": "min",
    "bmi": "kg/m²",
}
LEAST = frozenset({"sessions_min", "start_min", "moca_min_example"})
"""Keys whose `min` means the least, not minutes."""
OF_PARENT = frozenset({"value", "min", "max", "start_min", "start_max", "ceiling", "low", "high"})
"""Keys that carry the unit of what encloses them."""


def unit_of(key: str, enclosing: str) -> str:
    """The unit that a key's own words tell, else the enclosing one where the key is a part of it, else none.

    >>> unit_of("rest_between_devices_min", ""), unit_of("max", "mg/kg"), unit_of("sessions_min", "")
    ('min', 'mg/kg', '')
    """
    if key in OF_PARENT:
        return enclosing
    words = key.split("_")
    for unit in (UNIT_OF_ENDING.get("_".join(words[start:])) for start in range(len(words))):
        if unit and key not in LEAST:
            return unit
    return next(
        (unit for count in (2, 1) if (unit := UNIT_OF_START.get("_".join(words[:count])))),
        "",
    )
