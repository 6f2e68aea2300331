"""What stands around a session at the chair: who it is, what was ordered, how the last session went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from remit.acts.actors import Actor
from remit.acts.core import act_on
from remit.acts.rights import may_see_session
from remit.acts.session import Opened, opened_at
from remit.acts.session_record import RELATED, load
from remit.knowledge import scales as scale_files
from remit.pathway.entries import RescueGiven
from remit.pathway.safety import DISSOCIATION_SCALES, MOAAS
from remit.pathway.scales import Scale
from remit.pathway.session import SessionView, view
from remit.records.models import Membership, Order, Role, Session, StandingOrder, Vial

TREATING = (Role.PRESCRIBER, Role.NURSE, Role.THERAPIST)


@dataclass(frozen=True, slots=True)
class Previous:
    """The session before this one, in the few figures that one compares."""

    n: int
    planned_at: datetime
    given_mg: float | None
    peak: tuple[float, float] | None
    rescues: tuple[str, ...]
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScaleAsked:
    """A rating scale of the chair: its span, and over how long it looks back."""

    id: str
    name: str
    low: int
    high: int
    recall: str
    anchors: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who treats here."""

    email: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Around:
    """What a session's page shows beside the session itself."""

    order: Order | None
    previous: Previous | None
    standing_orders: tuple[StandingOrder, ...]
    scales: tuple[ScaleAsked, ...]
    colleagues: tuple[Colleague, ...]
    """Who may stand as the second person."""
    vials: tuple[Vial, ...] = field(default=())


@act_on(Session, "open_at_chair", right=may_see_session, reads=True, related=RELATED)
def open_at_chair(actor: Actor, session: Session, asof: datetime) -> tuple[Opened, Around]:
    """Open a session's page at the chair, with everything beside its entries."""
    opened = opened_at(session, asof)
    order = opened.loaded.order
    standing = StandingOrder.objects.current().filter(course_id=session.course_id)
    return opened, Around(
        order=order,
        previous=_previous(session),
        standing_orders=tuple(standing.order_by("purpose")),
        scales=tuple(_scales()),
        colleagues=tuple(_colleagues(actor)),
        vials=tuple(_vials(session, order, asof)),
    )


def _previous(session: Session) -> Previous | None:
    held = Session.objects.filter(course_id=session.course_id, planned_at__lt=session.planned_at)
    ended = held.filter(state_cache__in=("discharged", "left")).order_by("-planned_at")
    before = ended.values_list("pk", "last_seq").first()
    return None if before is None else _figures(*before)


@lru_cache(maxsize=2048)
def _figures(session_id: UUID, last_seq: int) -> Previous:
    """The figures of an ended session; it changes only by entries, which `last_seq` counts."""
    before = Session.objects.select_related(*RELATED).get(pk=session_id)
    loaded = load(before, last_seq)
    seen = view(loaded.session, loaded.session.records[-1].entry.at)
    rescues = (entry for entry in loaded.session.standing.values() if isinstance(entry, RescueGiven))
    return Previous(
        n=before.n,
        planned_at=before.planned_at,
        given_mg=seen.given_mg,
        peak=peak(seen),
        rescues=tuple(" ".join(filter(None, (one.drug, one.dose))) for one in rescues),
        events=tuple(one.id for one in seen.events),
    )


def peak(seen: SessionView) -> tuple[float, float] | None:
    """The highest pressure after the dose, by its systolic; null where none was measured."""
    after = [
        (held.values["systolic"], held.values["diastolic"])
        for held in seen.readings
        if held.corrected_by is None
        and held.minutes is not None
        and held.minutes > 0
        and {"systolic", "diastolic"} <= held.values.keys()
    ]
    return max(after, default=None)


def _scales() -> Iterable[ScaleAsked]:
    for id in (MOAAS, *DISSOCIATION_SCALES, "BPRS_PLUS"):
        scale = scale_files.scale(id)
        if scale.total is not None:
            low, high = scale.total.value.low, scale.total.value.high
        else:
            low, high = scale.items[0].low, scale.items[0].high
        yield ScaleAsked(id, scale.name, low, high, recall_words(scale))


def recall_words(scale: Scale) -> str:
    """Over how long the scale looks back, in words."""
    if scale.recall_days is not None:
        return f"the last {scale.recall_days} days"
    return scale.recall or "now"


def _colleagues(actor: Actor) -> Iterable[Colleague]:
    held = Membership.objects.filter(clinic_id=actor.here, active=True, role__in=TREATING, account__is_active=True)
    rows = held.exclude(account_id=actor.me).order_by("account__display_name")
    # An account has a row for each of its roles.
    return (Colleague(*row) for row in dict.fromkeys(rows.values_list("account__email", "account__display_name")))


def _vials(session: Session, order: Order | None, asof: datetime) -> Iterable[Vial]:
    """The stock of the session's molecule that has not expired, what expires first in front."""
    day = asof.astimezone(session.clinic.zone).date()
    stock = Vial.objects.filter(clinic_id=session.clinic_id, expiry__gte=day)
    return (stock.filter(molecule=order.molecule) if order else stock.none()).order_by("expiry", "lot")[:40]
