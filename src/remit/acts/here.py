"""Whether what an address names belongs to the clinic of whoever asks: a wall before the acts' own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from uuid import UUID

from django.db import models

from remit.acts import audit
from remit.acts.actors import Actor, NotHere
from remit.acts.audit import Happening
from remit.acts.core import ACTS
from remit.records.compiled import CompiledQuery, compiled_query
from remit.records.models import (
    Account,
    Adoption,
    Assessment,
    Chair,
    Course,
    CrisisContact,
    Episode,
    Membership,
    OnCallShift,
    Patient,
    Referral,
    ScaleLink,
    ScreeningRecord,
    Session,
    StaffAvailability,
    Task,
    TrialRecord,
    Vial,
)

NAMED: dict[str, type[models.Model]] = {
    "adoption_id": Adoption,
    "assessment_id": Assessment,
    "chair_id": Chair,
    "contact_id": CrisisContact,
    "course_id": Course,
    "episode_id": Episode,
    "hours_id": StaffAvailability,
    "link_id": ScaleLink,
    "patient_id": Patient,
    "person_id": Account,
    "referral_id": Referral,
    "screening_id": ScreeningRecord,
    "session_id": Session,
    "shift_id": OnCallShift,
    "task_id": Task,
    "trial_id": TrialRecord,
    "vial_id": Vial,
}
"""What the variables of addresses are ids of. Any other is an id of what the address's act is done to."""


def require_here(actor: Actor, acts: tuple[str, ...], named: Mapping[str, Any]) -> None:
    """Raise `NotHere` unless every id of an address is one of the actor's clinic; the attempt stands in the trail."""
    for name, key in named.items():
        if not isinstance(key, UUID):
            continue
        model = table_of(name, acts)
        if model is not None and not _is_here(actor, model, key):
            _refuse(actor, acts[0], model, key)


def table_of(name: str, acts: Iterable[str]) -> type[models.Model] | None:
    """Of which table a variable of an address is an id."""
    return NAMED.get(name) or next((ACTS[act].on for act in acts if ACTS[act].on), None)


def _is_here(actor: Actor, model: type[models.Model], key: UUID) -> bool:
    return bool(_asks_for(model)(key, actor.here))


@cache
def _asks_for(model: type[models.Model]) -> CompiledQuery[..., Any]:
    """The question whether a row of this id is one of a clinic."""
    table, name = (Membership, "account_id") if model is Account else (model, "pk")

    def here(key: UUID, clinic: UUID) -> models.QuerySet[Any, Any]:
        return table._default_manager.order_by().filter(**{name: key}, clinic_id=clinic).values_list("pk")[:1]

    return compiled_query(here)


def _refuse(actor: Actor, act: str, model: type[models.Model], key: UUID) -> None:
    reason = f"{model._meta.verbose_name}: there is none of this id here"
    subject = str(model._meta.model_name)
    audit.record(Happening(act, actor.account_id, actor.clinic_id, subject, str(key), detail={"refused": [reason]}))
    raise NotHere(act, [reason])
