"""The clinic itself: its name, zone and law, its settings, and its chairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from remit.acts import settings
from remit.acts.actors import Actor
from remit.acts.clock import now
from remit.acts.core import act, act_on, note
from remit.acts.rights import may_manage_clinic, may_see_clinic
from remit.acts.settings import Setting
from remit.pathway.referral import Jurisdiction
from remit.quantities import BadInput
from remit.records.models import Chair, Clinic, ClinicSetting

DETAILS = (
    "name",
    "timezone",
    "country",
    "jurisdiction",
    "address_line_1",
    "address_line_2",
    "city",
    "state",
    "postal_code",
    "phone",
)
"""What an administrator changes about the clinic itself."""
JURISDICTIONS: tuple[str, ...] = tuple(one.value for one in Jurisdiction)


@dataclass(frozen=True, slots=True)
class ClinicView:
    """The clinic as its page shows it."""

    details: dict[str, str]
    settings: list[Setting]
    chairs: list[Chair]
    synthetic: bool


@act("show_clinic", right=may_see_clinic, reads=True)
def show_clinic(actor: Actor) -> ClinicView:
    """The clinic's details, settings and chairs."""
    clinic = Clinic.objects.get(pk=actor.here)
    return ClinicView(
        details={name: getattr(clinic, name) for name in DETAILS},
        settings=settings.known(clinic.pk),
        chairs=list(Chair.objects.filter(clinic=clinic)),
        synthetic=clinic.synthetic,
    )


@act("change_clinic", right=may_manage_clinic)
def change_clinic(actor: Actor, /, **details: str) -> Clinic:
    """Change the clinic's name, time zone, country, law, address or telephone."""
    clinic = Clinic.objects.select_for_update().get(pk=actor.here)
    held = checked_details(details)
    changed = {name: value for name, value in held.items() if value != getattr(clinic, name)}
    for name, value in changed.items():
        setattr(clinic, name, value)
    clinic.save()
    note(clinic, changed=changed)
    return clinic


def checked_details(details: dict[str, str]) -> dict[str, str]:
    """A clinic's details as they may be stored, or `BadInput` that names what is wrong."""
    strange = sorted(set(details) - set(DETAILS))
    if strange:
        raise BadInput(f"clinic: {', '.join(strange)} is nothing that a clinic has")
    held = {name: str(value).strip() for name, value in details.items()}
    if held.get("name") == "":
        raise BadInput("name: the clinic's name is needed")
    if "timezone" in held and held["timezone"] not in available_timezones():
        raise BadInput(f"timezone: a zone such as America/New_York is needed, not {held['timezone']!r}")
    if "country" in held:
        held["country"] = _country(held["country"])
    if "jurisdiction" in held and held["jurisdiction"] not in JURISDICTIONS:
        raise BadInput(f"jurisdiction: one of {', '.join(JURISDICTIONS)} is needed, not {held['jurisdiction']!r}")
    return held


def _country(given: str) -> str:
    if len(given) != 2 or not given.isalpha():
        raise BadInput(f"country: a code of two letters such as US is needed, not {given!r}")
    return given.upper()


def zone(clinic_id: UUID) -> ZoneInfo:
    """The zone in which this clinic's times are shown."""
    return Clinic.objects.get(pk=clinic_id).zone


@act("change_setting", right=may_manage_clinic)
def change_setting(actor: Actor, key: str, given: Any) -> Any:
    """Set one of the clinic's settings; an empty value goes back to the default."""
    if given in ("", None):
        ClinicSetting.objects.filter(clinic_id=actor.here, key=key).delete()
        held = settings.default(key)
    else:
        held = settings.checked(key, given)
        ClinicSetting.objects.update_or_create(
            clinic_id=actor.here,
            key=key,
            defaults={"value": held, "set_by_id": actor.me, "set_at": now()},
        )
    note(setting=key, value=held)
    return held


@act("add_chair", right=may_manage_clinic)
def add_chair(actor: Actor, name: str) -> Chair:
    """Add a chair after the others."""
    name = _free_name(actor, name, None)
    last = Chair.objects.filter(clinic_id=actor.here).order_by("-order").values_list("order", flat=True).first()
    chair = Chair.objects.create(clinic_id=actor.here, name=name, order=(last or 0) + 1)
    note(chair, name=name)
    return chair


@act_on(Chair, "change_chair", right=may_manage_clinic)
def change_chair(actor: Actor, chair: Chair, name: str, *, active: bool = True) -> Chair:
    """Rename a chair, or take it out of use; its past sessions keep it."""
    chair.name = _free_name(actor, name, chair)
    chair.active = active
    chair.save()
    note(name=chair.name, active=active)
    return chair


def _free_name(actor: Actor, name: str, own: Chair | None) -> str:
    name = name.strip()
    if not name:
        raise BadInput("chair: a name is needed")
    taken = Chair.objects.filter(clinic_id=actor.here, name__iexact=name)
    if (taken.exclude(pk=own.pk) if own else taken).exists():
        raise BadInput(f"chair: there is a chair {name!r} already")
    return name
