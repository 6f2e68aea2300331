"""What to expect: of 100 people like those studied, in plain words, to print and hand to a patient. No promise."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from remit.acts import evidence
from remit.acts.core import ACTS
from remit.acts.evidence import Asked
from remit.web.charts.people import people
from remit.web.forms import offer
from remit.web.guard import opens
from remit.web.refusals import said
from remit.web.request import Request

OUTCOMES = {"response": "felt much better", "remission": "had few signs of the illness left"}
MEANS = {
    "response": "Much better means that the score fell by half or more.",
    "remission": "Few signs left means that the score was very low. Each trial drew that line in its own way.",
}
ROUTES = {
    "intravenous": "by drip",
    "subcutaneous": "by a shot under the skin",
    "intramuscular": "by a shot",
    "intranasal": "as a nose spray",
    "oral": "by mouth",
    "sublingual": "under the tongue",
}
COMPARED = {
    "inert_placebo": "a dummy drug",
    "active_placebo": "a drug that calms but does not treat the illness",
    "active_background": "a dummy spray, where all had a real drug too",
    "active_treatment": "some other real treatment",
}
NAMED = {"ECT": "shock treatment (ECT)"}
PHASES = {
    "double-blind 4 wk": "In the first four weeks",
    "acute course": "While the first course went on",
    "maintenance (randomised withdrawal)": "Later, in those who did well and went on",
}
HARMS_SHOWN = 6
TIMES = {
    "first_days": "In the first three days",
    "first_week": "At the end of the first week",
    "weeks_2_to_8": "From the second to the eighth week",
    "later": "Later on",
}


class ExpectForm(forms.Form):
    """For whom, and what."""

    indication = forms.ChoiceField(label="Indication", required=False)
    outcome = forms.ChoiceField(label="Outcome", required=False, choices=[(one, one) for one in OUTCOMES])
    molecule = forms.ChoiceField(label="Molecule", required=False)
    route = forms.ChoiceField(label="Route", required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        words = evidence.options()
        held = {"molecule": words.molecules, "route": words.routes}
        for name, known in held.items():
            offer(self, name, [("", "all"), *((one, one) for one in known)])
        offer(self, "indication", [("", "all depression"), *words.indications.items()])

    def asked(self) -> Asked:
        """What the act is asked. The form was found valid."""
        held = self.cleaned_data
        return Asked(**held | {"outcome": held["outcome"] or "response"})


@require_safe
@opens("read_expectations")
def expect(request: Request) -> HttpResponse:
    """Every pool that was seen, in people of 100."""
    form = ExpectForm(request.GET)
    found: dict[str, Any] = {
        "form": form,
        "release": evidence.release(),
        "staff": ACTS["read_evidence"].allows(request.actor),
    }
    if form.is_valid():
        with said(form):
            asked = form.asked()
            held = evidence.read_expectations(request.actor, asked)
            found |= {
                "pools": [_view(at, one, asked.outcome) for at, one in enumerate(held)],
                "means": MEANS[asked.outcome],
                "illness": evidence.options().indications.get(asked.indication, ""),
                "harms": [
                    _harms(at, one, asked.indication)
                    for at, one in enumerate(evidence.read_harms(request.actor, asked))
                ],
            }
    return render(request, "evidence/expect.html", found, status=200 if "pools" in found else 422)


def _view(at: int, held: Any, outcome: str) -> dict[str, Any]:
    key = held.key
    drug, other = f"{key.molecule} {ROUTES[key.route]}", COMPARED[key.comparator]
    return {
        "held": held,
        "title": f"{TIMES[key.time]}: {drug}, next to {other}",
        "outcome": OUTCOMES[outcome],
        "drug": drug,
        "other": other,
        "treated": people(held.treated.low, held.treated.high, f"With {drug}", f"treated-{at}"),
        "compared": people(held.compared.low, held.compared.high, f"With {other}", f"compared-{at}"),
    }


def _harms(at: int, held: Any, indication: str) -> dict[str, Any]:
    """One way of treating: the harms that come first as signs, the others as a line."""
    drug = f"{held.modality.molecule} {' or '.join(ROUTES[route] for route in held.modality.routes)}"
    lines = [_harm(f"{at}-{place}", drug, one, indication) for place, one in enumerate(held.harms)]
    return {"drug": drug, "drawn": lines[:HARMS_SHOWN], "said": lines[HARMS_SHOWN:]}


def _harm(name: str, drug: str, one: Any, indication: str) -> dict[str, Any]:
    harm = one.harm
    named, _, kind = harm.against.rstrip(")").rpartition(" (")
    other = NAMED.get(named) or COMPARED[kind.replace(" ", "_")]
    treated, compared = harm.treated.share.of_hundred(), harm.compared.share.of_hundred()
    return {
        "words": one.words,
        "harm": harm,
        "had": " and ".join(evidence.options().indications[held] for held in harm.indications),
        "others": bool(indication) and harm.indications != (indication,),
        "when": PHASES.get(harm.phase, "In one trial"),
        "other": other,
        "treated": treated,
        "compared": compared,
        "with_drug": people(treated[1], treated[2], f"With {drug}: {one.words}", f"harm-{name}"),
        "without": people(compared[1], compared[2], f"With {other}: {one.words}", f"no-harm-{name}"),
    }


urlpatterns = [path("evidence/expect/", expect, name="expect")]
