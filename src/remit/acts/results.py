"""The clinic's own results: what its courses came to, with what is missing, beside what trials published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from remit.acts import settings
from remit.acts.actors import Actor
from remit.acts.clock import now
from remit.acts.core import act, note
from remit.acts.due import rated_scales
from remit.acts.kept import Kept
from remit.acts.rights import may_read_results
from remit.acts.treated_courses import scored_scales, treated_courses
from remit.evidence.own_results import (
    RATED,
    Arm,
    Group,
    Quarter,
    RunChart,
    Standing,
    TimeTo,
    Window,
    groups,
    run_chart,
    standing,
)
from remit.evidence.pooling import Choices
from remit.evidence.published import Published, published
from remit.knowledge.trials import trials
from remit.pathway.outcome import Judgement, judge
from remit.pathway.scales import Scale
from remit.quantities import BadInput
from remit.records.models import Clinic

OUTCOMES = RATED
DRAWN = ("response", "remission")
"""The outcomes that trials publish."""


@dataclass(frozen=True, slots=True)
class ResultsAsked:
    """What is looked at, in words; what is empty restricts nothing."""

    scale: str = ""
    outcome: str = DRAWN[0]
    indication: str = ""
    modality: str = ""
    """Molecule and route, such as `ketamine intravenous`."""
    since: str = ""
    until: str = ""
    """Quarters of the first dose, such as 2026-Q1."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What there is to choose from in this clinic."""

    scales: tuple[Scale, ...]
    usual: str
    """The scale with the most assessments."""
    indications: tuple[str, ...]
    modalities: tuple[str, ...]
    quarters: tuple[Quarter, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """The results of one scale, for the people that were asked for."""

    asked: ResultsAsked
    clinic: Clinic
    scale: Scale
    window: Window
    asof: datetime
    groups: tuple[Group, ...]
    """Everybody, then each arm."""
    published: dict[Arm, Published | None]
    chart: RunChart
    times: tuple[TimeTo, ...]
    definitions: tuple[Judgement, ...]
    """The definition of each outcome where all courses share it."""
    later: int
    """Further courses of people who are counted already."""


_KEPT: Kept[list[Standing]] = Kept()
_COUNTED: Kept[dict[str, int]] = Kept()
_GROUPS: Kept[list[Group]] = Kept()


@act("offer_results", right=may_read_results, reads=True, audited=False)
def offer_results(actor: Actor) -> Offered:
    """What there is to choose from on the page of the results."""
    clinic = Clinic.objects.get(pk=actor.here)
    counted = counted_on(clinic.pk)
    scale = scale_of(clinic.pk, "")
    held = standings(clinic, scale, window_of(clinic.pk))
    return Offered(
        scales=tuple(one for one in rated_scales() if counted.get(one.id) or one.id == scale.id),
        usual=scale.id,
        indications=tuple(sorted({one.course.indication for one in held} - {""})),
        modalities=tuple(sorted({modality(one.arm) for one in held})),
        quarters=tuple(sorted({one.quarter for one in held})),
    )


@act("read_results", right=may_read_results, reads=True)
def read_results(actor: Actor, asked: ResultsAsked) -> Results:
    """What the clinic's courses came to. Raises `BadInput` for a scale, an outcome or a quarter that is none."""
    clinic = Clinic.objects.get(pk=actor.here)
    scale, window = scale_of(clinic.pk, asked.scale), window_of(clinic.pk)
    if asked.outcome not in OUTCOMES:
        raise BadInput(f"outcome: one of {', '.join(OUTCOMES)} is needed, not {asked.outcome!r}")
    note(scale=scale.id, asked={name: getattr(asked, name) for name in ("indication", "modality", "since", "until")})
    held = standings(clinic, scale, window)
    wanted = _wanted(held, asked)
    whom = (asked.indication, asked.modality, asked.since, asked.until)
    found = _GROUPS.get(clinic.pk, (scale.id, window, *whom), now(), lambda: groups(wanted))
    return Results(
        asked=asked,
        clinic=clinic,
        scale=scale,
        window=window,
        asof=now(),
        groups=tuple(found),
        published={one.arm: published_beside(asked.outcome, scale.id, one.arm, window) for one in found[1:]},
        chart=run_chart(wanted, asked.outcome),
        times=found[0].times,
        definitions=_definitions(wanted),
        later=len(wanted) - sum(one.treated for one in found[1:]),
    )


def scale_of(clinic_id: UUID, asked: str) -> Scale:
    """The scale that is asked for, else the one with most assessments. Raises `BadInput`."""
    rated = {scale.id: scale for scale in rated_scales()}
    if asked:
        if asked not in rated:
            raise BadInput(f"scale: one of {', '.join(rated)} is needed, not {asked!r}")
        return rated[asked]
    counted = counted_on(clinic_id)
    return max(rated.values(), key=lambda scale: (counted.get(scale.id, 0), scale.id == _FIRST))


def counted_on(clinic_id: UUID) -> dict[str, int]:
    """How many completed assessments there are on each scale."""
    return _COUNTED.get(clinic_id, "", now(), lambda: scored_scales(clinic_id))


_FIRST = "MADRS"
"""The scale that is offered where nothing was scored yet."""


def window_of(clinic_id: UUID) -> Window:
    """The planned follow-up, as the clinic set it."""
    return Window(int(settings.value(clinic_id, "results_from")), int(settings.value(clinic_id, "results_until")))


def standings(clinic: Clinic, scale: Scale, window: Window) -> list[Standing]:
    """Every treated course as it counts today; read anew once something was written in the clinic."""
    asof = now()

    def read() -> list[Standing]:
        return [standing(course, window, asof) for course in treated_courses(clinic, scale)]

    return _KEPT.get(clinic.pk, (scale.id, window), asof, read)


def _wanted(held: Sequence[Standing], asked: ResultsAsked) -> list[Standing]:
    since = Quarter.read(asked.since) if asked.since else None
    until = Quarter.read(asked.until) if asked.until else None
    if since and until and until < since:
        raise BadInput(f"until: {since} or later is needed, not {until}")
    return [
        one
        for one in held
        if asked.indication in ("", one.course.indication)
        and asked.modality in ("", modality(one.arm))
        and (since is None or since <= one.quarter)
        and (until is None or one.quarter <= until)
    ]


def modality(arm: Arm) -> str:
    """Molecule and route in one word."""
    return f"{arm.molecule} {arm.route}"


def published_beside(outcome: str, scale_id: str, arm: Arm, window: Window) -> Published | None:
    """The published share beside an arm; null for what trials do not publish, or where none was seen."""
    return _published(outcome, scale_id, arm, window) if outcome in DRAWN else None


@lru_cache(maxsize=256)
def _published(outcome: str, scale_id: str, arm: Arm, window: Window) -> Published | None:
    # The trials change with a release alone, and with it the process.
    return published(trials(), outcome, scale_id, arm, window, Choices())


def _definitions(held: Sequence[Standing]) -> tuple[Judgement, ...]:
    """How each outcome is defined; one that differs between protocols says only that."""
    found: dict[str, dict[str, Judgement]] = {}
    for defined in dict.fromkeys(one.course.defined for one in held):
        scale = next(one.course.scale for one in held if one.course.defined == defined)
        for judged in judge(scale, defined, (), None).judgements:
            found.setdefault(judged.outcome, {})[judged.definition] = judged
    return tuple(
        next(iter(said.values())) if len(said) == 1 else Judgement(name, None, "", None, None, "differs by protocol")
        for name, said in found.items()
    )
