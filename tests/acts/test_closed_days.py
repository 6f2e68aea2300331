"""On a closed day nothing is booked; what was booked before stays, and is said on the plan and the board."""

from __future__ import annotations

from datetime import date, time

import pytest

from remit.acts.actors import Conflict, NotHere, Refused
from remit.acts.board import show_board
from remit.acts.booking import free_places, look_at_move
from remit.acts.closed_days import FARTHEST, add_closed_day, remove_closed_day
from remit.acts.drafting import draft_course, next_open_day
from remit.acts.hours import list_hours
from remit.acts.landing import Wanted
from remit.acts.plan import open_plan
from remit.acts.prescribing import Chosen
from remit.quantities import BadInput
from remit.records.models import AuditRow, Session
from remit.web.calendar import of_course
from tests.acts.courses import MONDAY, at, booked, cleared
from tests.fixtures.candidates import IV
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.fixtures.histories import acting

pytestmark = pytest.mark.django_db

THANKSGIVING = date(2026, 11, 27)
"""The Friday after it, on which the third infusion of the tests lies."""


@pytest.fixture(autouse=True)
def monday(travel: Traveller) -> None:
    travel.to(at(23, "07:00"))


def close(cast: Cast, day: date = THANKSGIVING, name: str = "Thanksgiving") -> int:
    return add_closed_day(acting(cast, cast.administrator), day, name).booked


def test_nothing_is_booked_on_a_closed_day(cast: Cast) -> None:
    nurse = acting(cast, cast.nurse)
    assert free_places(nurse, at(27), 60).place is not None
    assert close(cast) == 0
    assert free_places(nurse, at(27), 60).reasons == ("the clinic is closed on Fri 27 Nov (Thanksgiving)",)
    assert free_places(nurse, at(26), 60).place is not None
    remove_closed_day(acting(cast, cast.administrator), THANKSGIVING)
    assert free_places(nurse, at(27), 60).place is not None
    assert AuditRow.objects.filter(action__in=("add_closed_day", "remove_closed_day")).count() == 2


def test_a_new_series_passes_closed_days_by(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    close(cast)
    chosen = Chosen(IV, "thrice_weekly_2wk", "outpatient", MONDAY)
    held = draft_course(acting(cast, cast.coordinator), cast.patient.pk, chosen, time(9), {})
    days = [one.place.starts.date() for one in held.calendar.proposed if one.place]
    assert len(days) == 6
    assert THANKSGIVING not in days


def test_the_first_open_day_is_found_behind_closed_weeks(cast: Cast) -> None:
    for day in range(24, 31):
        close(cast, date(2026, 11, day), "Renovation")
    close(cast, date(2026, 12, 1), "Renovation")
    assert next_open_day(acting(cast, cast.coordinator)) == date(2026, 12, 2)


def test_what_was_booked_stays_and_is_said_on_the_plan_and_the_board(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    assert close(cast) == 1
    rows[3].refresh_from_db()
    assert rows[3].planned_at == at(27)
    view = open_plan(acting(cast, cast.nurse), cast.patient.pk)
    assert view is not None
    said = "Session 3 is booked, and the clinic is closed on Fri 27 Nov (Thanksgiving): move it, or open that day."
    assert said in view.to_do
    chips = {chip.n: chip for chip in of_course(view, may_move=True).chips}
    assert (chips[3].sign, chips[3].reasons) == ("blocked", ("the clinic is closed on Fri 27 Nov (Thanksgiving)",))
    assert not chips[2].reasons
    landing = look_at_move(acting(cast, cast.coordinator), rows[3].pk, Wanted(at(28)))
    assert landing.refused
    travel.to(at(27, "08:00"))
    assert show_board(acting(cast, cast.nurse), None, at(27, "08:00")).closed == "Thanksgiving"
    Session.objects.filter(pk=rows[3].pk).update(state_cache="discharged")
    held = open_plan(acting(cast, cast.nurse), cast.patient.pk)
    assert held is not None
    assert not any("closed" in one for one in held.to_do)


def test_the_page_of_hours_lists_what_is_still_to_come(cast: Cast, travel: Traveller) -> None:
    close(cast, MONDAY, "Today")
    close(cast)
    assert [one.name for one in list_hours(acting(cast, cast.nurse)).closed] == ["Today", "Thanksgiving"]
    travel.on(days=1)
    assert [one.name for one in list_hours(acting(cast, cast.nurse)).closed] == ["Thanksgiving"]


@pytest.mark.parametrize(
    ("day", "name", "words"),
    [
        (date(2026, 11, 22), "Sunday", "day: 2026-11-23 to 2031-11-17 is needed, not 2026-11-22"),
        (MONDAY + FARTHEST, "Last", ""),
        (date(9999, 12, 31), "Never", "not 9999-12-31"),
        (MONDAY, "  ", "name: 1 to 80 signs are needed, not 0"),
        (MONDAY, "x" * 81, "not 81"),
    ],
)
def test_nonsense_is_refused_in_words(cast: Cast, day: date, name: str, words: str) -> None:
    if not words:
        assert close(cast, day, name) == 0
        return
    with pytest.raises(BadInput, match=words):
        close(cast, day, name)


def test_a_day_is_closed_once_and_by_the_administrator(cast: Cast) -> None:
    assert close(cast) == close(cast)
    with pytest.raises(Conflict, match="Fri 27 Nov is closed already: Thanksgiving"):
        close(cast, name="Another")
    for somebody in (cast.nurse, cast.coordinator, cast.psychiatrist):
        with pytest.raises(Refused):
            add_closed_day(acting(cast, somebody), MONDAY, "Mine")
        with pytest.raises((Refused, NotHere)):
            remove_closed_day(acting(cast, somebody), MONDAY)
