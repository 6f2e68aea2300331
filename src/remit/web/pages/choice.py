"""Choice: the modalities side by side for one person. Advice only: nothing here selects a protocol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from remit.acts import choice
from remit.acts.choice import Choice, Option
from remit.acts.evidence import options
from remit.web.guard import opens
from remit.web.pages.patients import sections
from remit.web.plan_forms import words
from remit.web.request import Request

OUTCOMES = (("remission", "Remission"), ("response", "Response"), ("change", "Score"))
KINDS = {
    "inert_placebo": "inert placebo",
    "active_placebo": "active placebo",
    "active_background": "inert spray, the same active treatment in both arms",
    "active_treatment": "another treatment",
}
HARMS_SHOWN = 6


@require_safe
@opens("compare_modalities")
def show(request: Request, patient_id: UUID) -> HttpResponse:
    """Benefit, harm, burden, cost and certainty of each modality."""
    held = choice.compare_modalities(request.actor, patient_id)
    found = {
        "patient": held.patient,
        "held": held,
        "options": [_option(held, one) for one in held.options],
        "webs": [_web(one) for one in held.webs],
        "rule": _rule(held),
        "release": held.release,
        "sections": sections(request, patient_id, "plan"),
    }
    return render(request, "choice/page.html", found)


def _option(held: Choice, one: Option) -> dict[str, Any]:
    return {
        "one": one,
        "expect": urlencode(_expect(held, one)),
        "outcomes": [_outcome(held, one, *named) for named in OUTCOMES],
        "harms": [_harm(harm) for harm in one.first[:HARMS_SHOWN]],
        "all_harms": [_harm(harm) for harm in one.harms],
        "costs": [_cost(cost) for cost in one.costs],
        "protocols": [
            (column, [words(item) for item in column.cost.missing]) for column in one.protocols if column.fits
        ],
        "elsewhere": [column for column in one.protocols if not column.fits],
    }


def _expect(held: Choice, one: Option) -> dict[str, str]:
    """The choices under which the patient's page shows this modality."""
    routes = one.modality.routes
    asked = {"molecule": one.modality.molecule} | ({"route": routes[0]} if len(routes) == 1 else {})
    return asked | ({"indication": held.indication} if held.indication and held.studied else {})


def _outcome(held: Choice, one: Option, figure: str, name: str) -> dict[str, Any]:
    benefits = sorted(
        (benefit for benefit in one.known.benefits if benefit.figure == figure),
        key=lambda benefit: (benefit.indirect, -list(options().times).index(benefit.key.time)),
    )
    own = {benefit.key for benefit in benefits if benefit.key.time == held.band and not benefit.indirect}
    # What other depression adds to an own result stands beside it: it may say the opposite.
    first = [benefit for benefit in benefits if benefit.key in own] or benefits[:1]
    return {
        "name": name,
        "benefits": [_benefit(held, benefit) for benefit in first],
        "more": [_benefit(held, benefit) for benefit in benefits if benefit not in first],
        "unseen": [unseen for unseen in one.known.unseen if unseen.figure == figure],
    }


def _benefit(held: Choice, one: Any) -> dict[str, Any]:
    return {
        "one": one,
        "kind": KINDS[one.key.comparator],
        "named": one.against.rpartition(" (")[0],
        "time": options().times[one.key.time],
        "said": _shares(one.hundred) if one.hundred else _points(one),
        "studies": [(id, held.cited[id]) for id in one.studies],
    }


def _shares(hundred: Any) -> dict[str, Any]:
    about, low, high = hundred.treated.of_hundred()
    other = hundred.compared.of_hundred()
    more, least, most = hundred.difference.of_hundred()
    return {
        "large": about,
        "unit": "of 100",
        "range": f"{low} to {high}",
        "other": f"{other[0]} ({other[1]} to {other[2]})",
        "difference": f"{_signed(more)} ({_signed(least)} to {_signed(most)}) of 100",
    }


def _points(one: Any) -> dict[str, Any]:
    estimate, (low, high) = one.points
    return {
        "large": _signed(estimate, 1),
        "unit": f"points {one.key.scale}",
        "range": f"{_signed(low, 1)} to {_signed(high, 1)}",
        "other": "",
        "difference": "",
    }


def _signed(value: float, places: int = 0) -> str:
    """`+14`, `−9`; nothing before 0."""
    return f"{value:+.{places}f}".replace("-", "−") if round(value, places) else "0"


def _harm(one: Any) -> dict[str, Any]:
    more, least, most = one.difference.of_hundred()
    return {
        "one": one,
        "treated": f"{one.treated.n}/{one.treated.of}",
        "compared": f"{one.compared.n}/{one.compared.of}",
        "difference": f"{_signed(more)} ({_signed(least)} to {_signed(most)})",
    }


def _cost(one: Any) -> dict[str, Any]:
    most = "no upper end" if one.most is None else f"{one.most}"
    return {
        "one": one,
        "range": f"{one.least} to {most}",
        "time": options().times[one.benefit.key.time],
        "against": one.benefit.against,
    }


def _web(one: Any) -> dict[str, Any]:
    return {
        "one": one,
        "time": options().times[one.time],
        "pairs": [(pair, f"{pair.ratio:.2f} ({pair.interval[0]:.2f} to {pair.interval[1]:.2f})") for pair in one.pairs],
        "parts": [", ".join(part) for part in one.parts],
    }


def _rule(held: Choice) -> Iterable[tuple[Any, str]]:
    """Every limit by which certainty is judged, as it stands in the knowledge."""
    return list(_limits(held))


def _limits(held: Choice) -> Iterator[tuple[Any, str]]:
    named = (
        "start_randomised", "told_apart_share", "dropped_share", "disagree", "disagree_much", "other_people_share",
        "events_needed", "people_needed", "far_too_few", "funnel_studies", "funnel_p", "from_memory",
    )  # fmt: skip
    for name in named:
        limit = getattr(held.rule, name)
        yield limit, limit.note


urlpatterns = [path("patients/<uuid:patient_id>/plan/choice/", show, name="choice")]
