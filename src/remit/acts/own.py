"""A patient's own page: what comes next, who can be reached, and which scales may be answered here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remit.acts import risk
from remit.acts.actors import Actor
from remit.acts.answering import contacts_for
from remit.acts.assessments import course_of, for_patients
from remit.acts.clock import now
from remit.acts.core import act, note
from remit.acts.curve import planned_scales
from remit.acts.evidence import options
from remit.acts.facts import episode_of
from remit.acts.links import country_of
from remit.acts.rights import may_open_own_page
from remit.acts.risk import Cover
from remit.acts.session_record import protocol_of
from remit.knowledge import scales
from remit.pathway.scales import Scale
from remit.records.models import CrisisContact, Patient, Session


@dataclass(frozen=True, slots=True)
class OwnPage:
    """What a patient sees first."""

    patient: Patient
    next_session: Session | None
    contacts: list[CrisisContact]
    cover: Cover
    answerable: list[Scale]
    studied: Mapping[str, str]
    """Indication, molecule and route of the own treatment, as far as trials know them."""


@act("open_own_page", right=may_open_own_page, reads=True)
def open_own_page(actor: Actor) -> OwnPage:
    """The patient's own page."""
    patient = Patient.objects.select_related("clinic").get(clinic_id=actor.here, pk=str(actor.patient_id))
    note(patient)
    coming = patient.sessions.filter(state_cache="scheduled", planned_at__gte=now())
    return OwnPage(
        patient=patient,
        next_session=coming.select_related("course").order_by("planned_at").first(),
        contacts=contacts_for(patient.clinic_id, country_of(patient)),
        cover=risk.cover(patient.clinic_id, now()),
        answerable=_answerable(patient),
        studied=_studied(patient),
    )


def _studied(patient: Patient) -> dict[str, str]:
    """What the trials can be asked about this person's own treatment; what they do not know is left out."""
    course, episode, known = course_of(patient), episode_of(patient), options()
    asked = {"indication": episode.indication} if episode and episode.indication in known.indications else {}
    if course is not None:
        protocol = protocol_of(course)
        way = {"molecule": protocol.molecule.value, "route": protocol.route.value}
        if way["molecule"] in known.molecules and way["route"] in known.routes:
            asked |= way
    return asked


def _answerable(patient: Patient) -> list[Scale]:
    """The scales of the own protocol that may be answered alone; without a course, every such scale."""
    course = course_of(patient)
    planned = planned_scales(protocol_of(course)) if course else {}
    held = [scale for scale in scales.scales().values() if for_patients(scale)]
    return [scale for scale in held if scale.id in planned] or held
