"""What stands around a session at the chair: who it is, what was ordered, how the last session went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from django.db.models import QuerySet

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
from remit.records.compiled import compiled_query
from remit.records.models import Membership, Order, Role, Session, StandingOrder, Vial

SHOWN = 40
"""How many vials the stock of a session shows; a size of the page."""
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
    return opened, Around(
        order=order,
        previous=_previous(session),
        standing_orders=tuple(_standing_orders(session.course_id)),
        scales=tuple(_scales()),
        colleagues=tuple(_colleagues(actor)),
        vials=tuple(_vials(session, order, asof)),
    )


def _previous(session: Session) -> Previous | None:
    before = _ended_before(session.course_id, session.planned_at)
    return _figures(*before[0]) if before else None


@compiled_query
def _ended_before(course: UUID, at: datetime) -> QuerySet[Session, tuple[UUID, int]]:
    held = Session.objects.filter(course_id=course, planned_at__lt=at, state_cache__in=("discharged", "left"))
    return held.order_by("-planned_at").values_list("pk", "last_seq")[:1]


@compiled_query
def _standing_orders(course: UUID) -> QuerySet[StandingOrder]:
    return StandingOrder.objects.current().filter(course_id=course).order_by("purpose")


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
    # An account has a row for each of its roles.
    return (Colleague(*row) for row in dict.fromkeys(_others_who_treat(actor.here, actor.me)))


@compiled_query
def _others_who_treat(clinic: UUID, me: UUID) -> QuerySet[Membership, tuple[str, str]]:
    held = Membership.objects.filter(clinic_id=clinic, active=True, role__in=TREATING, account__is_active=True)
    others = held.exclude(account_id=me).order_by("account__display_name")
    return others.values_list("account__email", "account__display_name")


def _vials(session: Session, order: Order | None, asof: datetime) -> Iterable[Vial]:
    """The stock of the session's molecule that has not expired, what expires first in front."""
    day = asof.astimezone(session.clinic.zone).date()
    return _stock(session.clinic_id, order.molecule, day) if order else []


@compiled_query
def _stock(clinic: UUID, molecule: str, day: date) -> QuerySet[Vial]:
    held = Vial.objects.filter(clinic_id=clinic, molecule=molecule, expiry__gte=day)
    return held.order_by("expiry", "lot")[:SHOWN]
