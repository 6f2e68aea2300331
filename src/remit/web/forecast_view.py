"""A forecast that is kept, as the page of scores shows it. It leads to no order: it is words, numbers and a band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django import forms

from remit.acts.clock import now
from remit.acts.core import ACTS
from remit.acts.curve import Curve
from remit.acts.forecast_given import MODELLED
from remit.acts.forecasting import Shown, not_modelled
from remit.pathway.forecasting import Record
from remit.web.charts.course import Expected
from remit.web.request import Request

_HOUR_S, _DAY_S = 3600, 24 * 3600


class AskForm(forms.Form):
    """Asks for a forecast on a scale; the key keeps a form that is sent twice from being two."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    scale = forms.CharField(widget=forms.HiddenInput, max_length=40)


def drawn(told: Shown | None) -> list[Expected]:
    """The days of the forecast that is shown; none where there is none."""
    if told is None or told.forecast is None:
        return []
    days: Sequence[Mapping[str, Any]] = told.forecast.said.get("days", ())
    return [Expected(date.fromisoformat(one["on"]), one["low"], one["median"], one["high"]) for one in days]


def context(request: Request, held: Curve, told: Shown | None, asked: AskForm | None) -> dict[str, Any]:
    """What the template of a forecast needs; nothing for whoever may not see it."""
    if told is None:
        return {}
    may_ask = ACTS["store_forecast"].allows(request.actor, held.patient)
    found: dict[str, Any] = {
        "told": told,
        "modelled": MODELLED,
        "not_modelled": not_modelled(held.scale.id),
        "rated": any(one.scale.id == MODELLED and one.recorded for one in held.scales),
        "asking": asked or AskForm(initial={"key": uuid4(), "scale": held.scale.id}),
        "may_ask": may_ask and told.modelled,
    }
    if told.forecast is None:
        return found
    said = told.forecast.said
    return found | {
        "age": age(told.forecast.at),
        "said": said,
        "next": [_visit(one) for one in said["ahead"]],
        "waiting": [_visit(one) for one in said.get("without", ())],
        "relapse": _relapse(said),
        "last_session": date.fromisoformat(said["last_session"]) if "last_session" in said else None,
        "scores_weighed": len(told.forecast.given["scores"]),
        "ranges": _distances(told.record),
    }


def age(made: datetime) -> str:
    """How old a forecast is, in words."""
    seconds = (now() - made).total_seconds()
    if seconds < _HOUR_S:
        return "less than an hour old"
    count, unit = (seconds // _HOUR_S, "hour") if seconds < _DAY_S else (seconds // _DAY_S, "day")
    return f"{count:.0f} {unit}{'' if count == 1 else 's'} old"


def _visit(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **one,
        "on": date.fromisoformat(one["on"]),
        "response": _of_hundred(one["response"]),
        "between": [_of_hundred(end) for end in one.get("response_between", ())],
        "remission": _of_hundred(one["remission"]),
    }


def _of_hundred(share: float) -> str:
    """A chance as people of a hundred; never a sure one."""
    whole = round(100 * share)
    return "below 1" if whole == 0 else "above 99" if whole == 100 else str(whole)


def _relapse(said: Mapping[str, Any]) -> list[str] | None:
    """Days to relapse: the early end, the middle and the late end; null where nobody is expected to respond."""
    held = said.get("relapse_d")
    if held is None:
        return None
    return [f"{days:.0f} days" if days is not None else "later than the model looks" for days in held]


def _distances(record: Record | None) -> list[tuple[str, float]]:
    """How far forecasts, the base rate and the last score were from what came, on the mean."""
    if record is None or record.own is None or record.base is None or record.last is None:
        return []
    return [("forecast", record.own), ("base rate", record.base), ("same as last time", record.last)]
