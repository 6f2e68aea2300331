"""Reading the audit trail: who read and did what, found by person, patient, act and day. Reading it is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from remit.acts import verification
from remit.acts.actors import Actor
from remit.acts.clock import now
from remit.acts.core import ACTS, act, note
from remit.acts.rights import may_read_audit
from remit.acts.verification import Verification
from remit.quantities import BadInput
from remit.records.models import Account, AuditRow, Clinic, ClinicSetting, Membership, Patient

VERIFIED = "audit_verified"
"""The setting that remembers the last proof."""
SHOWN = 50
"""Rows on a page."""
_TOLD = 20
"""Problems that are kept of a proof; the command line lists them all."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; what is empty restricts nothing."""

    account_id: str = ""
    patient: str = ""
    """A record number, or the id of a patient."""
    action: str = ""
    day: date | None = None

    def as_dict(self) -> dict[str, str]:
        """The filter as the trail keeps it."""
        day = self.day.isoformat() if self.day else ""
        return {"person": self.account_id, "patient": self.patient, "act": self.action, "day": day}


@dataclass(frozen=True, slots=True)
class Proof:
    """The last proof of the whole trail: when, by whom, and what it found."""

    at: datetime
    ok: bool
    rows: int
    anchor: str
    reanchored: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrailPage:
    """One page of the trail, the newest first; how many rows fit; and whether the trail holds."""

    rows: list[AuditRow]
    total: int
    page: int
    pages: int
    first: int
    people: list[Account]
    actions: list[str]
    proof: Proof | None
    anchor_problem: str
    """Why the trail does not stand at its anchor now; empty where it does."""

    @property
    def last(self) -> int:
        """The place of the last row shown, the first being 1."""
        return self.first + len(self.rows) - 1


@act("read_trail", right=may_read_audit, reads=True)
def read_trail(actor: Actor, wanted: Wanted, page: int = 1) -> TrailPage:
    """One page of the trail."""
    note(page=page, wanted=wanted.as_dict())
    held = _found(actor, wanted)
    total = held.count()
    pages = max(-(-total // SHOWN), 1)
    page = min(max(page, 1), pages)
    start = (page - 1) * SHOWN
    return TrailPage(
        rows=list(held[start : start + SHOWN]),
        total=total,
        page=page,
        pages=pages,
        first=start + 1,
        people=_people(actor),
        actions=sorted(ACTS),
        proof=_proof(actor),
        anchor_problem=verification.standing_of_anchor(),
    )


@act("export_trail", right=may_read_audit, reads=True)
def export_trail(actor: Actor, wanted: Wanted) -> Iterator[AuditRow]:
    """Every row that fits, for a file, the oldest first; read while the file is written."""
    held = _found(actor, wanted)
    note(rows=held.count(), wanted=wanted.as_dict())
    return held.order_by("seq").iterator(chunk_size=500)


def verify_trail(actor: Actor) -> Proof:
    """Prove now that nothing was removed, altered or added, and keep what was found."""
    return _keep_proof(actor, _verify(actor))


@act("verify_trail", right=may_read_audit, reads=True)
def _verify(actor: Actor) -> Verification:
    """Walk the chain, its anchor and every sealed record. It only reads: nobody waits for it."""
    found = verification.verify()
    note(ok=found.ok, rows=found.rows, anchor=found.anchor, problems=len(found.problems))
    return found


@act("keep_proof", right=may_read_audit)
def _keep_proof(actor: Actor, found: Verification) -> Proof:
    """Keep what a proof found, for the page."""
    held = {
        "at": now().isoformat(),
        "ok": found.ok,
        "rows": found.rows,
        "anchor": found.anchor,
        "reanchored": found.reanchored,
        "problems": found.problems[:_TOLD],
    }
    ClinicSetting.objects.update_or_create(
        clinic_id=actor.here, key=VERIFIED, defaults={"value": held, "set_by_id": actor.me, "set_at": now()}
    )
    note(ok=found.ok)
    return _as_proof(held)


def _proof(actor: Actor) -> Proof | None:
    held = ClinicSetting.objects.filter(clinic_id=actor.here, key=VERIFIED).values_list("value", flat=True).first()
    return _as_proof(held) if held else None


def _as_proof(held: dict[str, Any]) -> Proof:
    return Proof(**(held | {"at": datetime.fromisoformat(held["at"]), "problems": tuple(held["problems"])}))


def _found(actor: Actor, wanted: Wanted) -> QuerySet[AuditRow]:
    rows: QuerySet[AuditRow] = AuditRow.objects.select_related("account", "patient").order_by("-seq")
    # What belongs to no clinic, such as a failed sign-in of nobody known, is shown where there is only one.
    if Clinic.objects.exclude(pk=actor.here).exists():
        rows = rows.filter(clinic_id=actor.here)
    if wanted.account_id:
        rows = rows.filter(account_id=_uuid("person", wanted.account_id))
    if wanted.patient:
        rows = rows.filter(patient_id=_patient(actor, wanted.patient))
    if wanted.action:
        rows = rows.filter(action=wanted.action)
    if wanted.day:
        start, end = _span(wanted.day, Clinic.objects.get(pk=actor.here).zone)
        rows = rows.filter(at__gte=start, at__lt=end)
    return rows


def _span(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    try:
        starts, ends = (datetime.combine(one, time(), zone) for one in (day, day + timedelta(days=1)))
        return starts.astimezone(UTC), ends.astimezone(UTC)
    except OverflowError:
        raise BadInput(f"day: a day that the trail can hold is needed, not {day}") from None


def _patient(actor: Actor, said: str) -> UUID:
    """The patient with this record number, or with this id."""
    known = Patient.objects.filter(clinic_id=actor.here)
    wanted = Q(mrn=said.strip())
    with suppress(ValueError):
        wanted |= Q(pk=UUID(said.strip()))
    found = known.filter(wanted).values_list("pk", flat=True).first()
    if found is None:
        raise BadInput(f"patient: a record number of this clinic is needed, not {said!r}")
    return found


def _uuid(thing: str, said: str) -> UUID:
    try:
        return UUID(said.strip())
    except ValueError as error:
        raise BadInput(f"{thing}: an id is needed, not {said!r}") from error


def _people(actor: Actor) -> list[Account]:
    held = Membership.objects.filter(clinic_id=actor.here).select_related("account")
    found = {one.account_id: one.account for one in held.order_by("account__display_name")}
    return list(found.values())
