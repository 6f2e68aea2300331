"""What the model expects of a dose: how pressure and dissociation go in virtual people, as bands.

Shown behind what is measured, and nowhere else: no alarm, no due reading and no order looks at it. Computed beside the
page and kept in memory by what it was computed from; a page only ever looks up what is known already.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from remit.acts.actors import Actor
from remit.acts.core import act_on
from remit.acts.facts import patient_facts
from remit.acts.rights import may_see_plan, may_see_session
from remit.acts.session import Opened, opened_at
from remit.acts.session_record import RELATED, protocol_of
from remit.pathway.given_doses import Stretch, stretches
from remit.pathway.session import SessionPlan
from remit.pathway.sourced import Status
from remit.quantities import BadInput, Route
from remit.records.models import Order, Session

if TYPE_CHECKING:
    from remit.engine.simulate import Result
    from remit.pathway.kinetics import Formulation, Pharmacology

PEOPLE_SHOWN = 200
"""How many virtual people a band is made of."""
HOURS_SHOWN = 4
"""For how long after the first dose."""
STEP_MINUTES_SHOWN = 5
"""How finely."""
SEED = 1
SYSTOLIC, DISSOCIATION = "systolic_change_mmhg", "cadss"
_MINUTES = 60.0
_PERCENTILES_SHOWN = (5, 50, 95)


@dataclass(frozen=True, slots=True)
class Asked:
    """All that a band depends on: what went in, in minutes from the first dose, and who it is."""

    protocol_id: str
    molecule: str
    route: str
    parts: tuple[tuple[float, float, float], ...]
    """Of each part of the dose: from which minute, how many milligrams, over how many minutes."""
    weight_kg: float | None


@dataclass(frozen=True, slots=True)
class Band:
    """One quantity over the minutes since the first dose: its middle, and from the 5th to the 95th percentile."""

    low: tuple[float, ...]
    median: tuple[float, ...]
    high: tuple[float, ...]
    link: str
    """How far it is known: calibrated, assumed or hypothesis."""
    driven_by: str


@dataclass(frozen=True, slots=True)
class Effects:
    """What the model expects of a dose; where it says nothing, `why_not` says why."""

    minutes: tuple[float, ...] = ()
    bands: Mapping[str, Band] | None = None
    weight_kg: float | None = None
    beyond: tuple[str, ...] = ()
    """Where the dose lies outside what was studied."""
    why_not: str = ""

    @property
    def systolic(self) -> Band | None:
        """The change of the systolic pressure in mmHg, from the session's own baseline."""
        return (self.bands or {}).get(SYSTOLIC)

    @property
    def dissociation(self) -> Band | None:
        """The CADSS."""
        return (self.bands or {}).get(DISSOCIATION)


@act_on(Session, "expect_effects", right=may_see_session, reads=True, audited=False, related=RELATED)
def expect_effects(actor: Actor, session: Session, asof: datetime) -> tuple[Opened, Effects | None]:
    """What the model expects of the dose that really went in; null while there was none."""
    opened = opened_at(session, asof)
    asked = asked_of(opened)
    return opened, compute(asked) if asked is not None else None


@act_on(
    Order, "expect_order", right=may_see_plan, reads=True, audited=False, related=("course__clinic", "course__patient")
)
def expect_order(actor: Actor, order: Order) -> Effects:
    """What the model expects of an ordered dose, given as it is ordered."""
    protocol = protocol_of(order.course)
    weight = patient_facts(order.course.patient).weight
    known_minutes = protocol.infusion or protocol.duration
    minutes = order.duration_min or (known_minutes.value.value if known_minutes else 0.0)
    route = Route(order.route)
    if route is Route.INTRAVENOUS and not minutes:
        return Effects(why_not="how long the infusion runs is not known")
    lasting = minutes if route is Route.INTRAVENOUS else 0.0
    parts = ((0.0, order.dose_mg, lasting),)
    return compute(Asked(protocol.id, order.molecule, order.route, parts, weight.kg.value if weight else None))


def asked_of(opened: Opened) -> Asked | None:
    """What a band of this session would be computed from; null before the dose."""
    first = opened.view.first_dose_at
    if first is None:
        return None
    held = stretches(opened.loaded.session.chart)
    return _asked(opened.loaded.plan, first, held or ())


def _asked(plan: SessionPlan, first: datetime, held: Sequence[Stretch]) -> Asked:
    parts = [
        ((one.start - first).total_seconds() / _MINUTES, one.mg, one.lasting.total_seconds() / _MINUTES) for one in held
    ]
    weight = plan.patient.weight
    return Asked(
        protocol_id=plan.protocol.id,
        molecule=plan.protocol.molecule.value,
        route=plan.route.value,
        parts=tuple((round(start, 1), round(mg, 2), round(lasting, 1)) for start, mg, lasting in parts if mg > 0),
        weight_kg=weight.kg.value if weight else None,
    )


_MOST_KEPT = 128
_kept: OrderedDict[Asked, Effects] = OrderedDict()
_lock, _computing = Lock(), Lock()


def known(asked: Asked | None) -> Effects | None:
    """What was computed of this before; null where it was not. Never computes."""
    if asked is None:
        return None
    with _lock:
        return _kept.get(asked)


def compute(asked: Asked) -> Effects:
    """What the model expects, from memory or computed now, one at a time."""
    with _computing:
        found = known(asked)
        if found is None:
            found = _expected(asked)
            with _lock:
                _kept[asked] = found
                while len(_kept) > _MOST_KEPT:
                    _kept.popitem(last=False)
    return found


def _expected(asked: Asked) -> Effects:
    from remit.knowledge.mood import mood_chain
    from remit.knowledge.pharmacology import pharmacology

    if not asked.parts:
        return Effects(why_not="how fast the infusion runs is not known")
    facts = pharmacology()
    try:
        way = facts.molecule(asked.molecule).formulation(
            Route(asked.route), mood_chain().formulations.get(asked.protocol_id)
        )
        unsure = _unsure(asked, way)
        return Effects(why_not=unsure) if unsure else _banded(asked, _simulated(facts, way, asked))
    except BadInput as refused:
        return Effects(why_not=str(refused))


def _unsure(asked: Asked, way: Formulation) -> str:
    """Why nothing is drawn for a route whose kinetics nobody has verified."""
    if way.link != "hypothesis" and way.source.status is not Status.UNVERIFIED:
        return ""
    return f"the kinetics of {asked.molecule} by this route ({way.id.replace('_', ' ')}) are not verified" + (
        f": {way.note}" if way.note else ""
    )


def _simulated(facts: Pharmacology, way: Formulation, asked: Asked) -> Result:
    import numpy as np

    from remit.engine.people import People, covariates
    from remit.engine.regimen import Dose, counted, in_devices
    from remit.engine.simulate import Plan, simulate

    said = {} if asked.weight_kg is None else {"weight": f"{asked.weight_kg:g}"}
    people = People(facts.population, SEED, 0, PEOPLE_SHOWN, fixed=covariates(facts.population, said))
    molecule = facts.molecule(asked.molecule)
    doses = [
        spray
        for start, mg, lasting in asked.parts
        for spray in in_devices(Dose(molecule, way, mg, start_h=start / _MINUTES, duration_h=lasting / _MINUTES))
    ]
    times = np.arange(0, HOURS_SHOWN * _MINUTES + 1, STEP_MINUTES_SHOWN) / _MINUTES
    return simulate(facts, Plan(counted(doses), people, times))


def _banded(asked: Asked, found: Result) -> Effects:
    import numpy as np

    bands = {}
    for name in (SYSTOLIC, DISSOCIATION):
        if name in found.values:
            low, median, high = (
                tuple(round(float(one), 2) for one in row)
                for row in np.percentile(found.values[name], _PERCENTILES_SHOWN, axis=0)
            )
            status = found.status[name]
            bands[name] = Band(low, median, high, str(status["link"]), str(status["driven_by"]))
    if not bands:
        return Effects(why_not=f"no curve from {asked.molecule} to pressure or dissociation is known")
    minutes = tuple(round(float(hours) * _MINUTES, 6) for hours in found.plan.times)
    return Effects(minutes, bands, asked.weight_kg, found.extrapolation)
