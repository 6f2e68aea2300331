"""Times, numbers, states and sources are written alike on every page."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone

from remit.pathway.sourced import Action, Finding, Origin, Source, Sourced, Status
from tests.fixtures.clock import Traveller

ZONE = ZoneInfo("America/New_York")
AT = datetime(2026, 11, 24, 19, 5, tzinfo=UTC)


def drawn(template: str, **values: object) -> str:
    with timezone.override(ZONE):
        return Template(template).render(Context(values))


def words(template: str, **values: object) -> str:
    """What a reader sees."""
    return " ".join(re.sub(r"<[^>]+>", "", drawn(template, **values)).split())


def test_times_are_shown_in_the_clinics_zone(travel: Traveller) -> None:
    travel.to(AT)
    assert words("{{ at|clock }}", at=AT) == "14:05"
    assert words("{{ at|moment }}", at=AT) == "Tue 24 Nov 14:05"
    assert 'datetime="2026-11-24T14:05-05:00"' in drawn("{{ at|clock }}", at=AT)


def test_a_day_of_another_year_says_the_year(travel: Traveller) -> None:
    travel.to(AT)
    assert words("{{ on|day }}", on=date(2026, 11, 24)) == "Tue 24 Nov"
    assert words("{{ on|day }}", on=date(2024, 11, 1)) == "1 Nov 2024"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(38, "38 min"), (59.9, "59 min"), (60, "1 h 00"), (112, "1 h 52"), (-4, "−4 min"), (None, "–")],
)
def test_durations_are_minutes_or_hours_and_minutes(minutes: float | None, said: str) -> None:
    assert words("{{ minutes|duration }}", minutes=minutes) == said


def test_a_missing_number_is_a_dash_that_says_why_and_never_a_zero() -> None:
    assert words('{% num value "mmHg" missing="not measured" %}', value=None) == "–not measured"
    assert 'title="not measured"' in drawn('{% num value "mmHg" missing="not measured" %}', value=None)
    assert words('{% num value "mmHg" %}', value=0) == "0 mmHg"
    assert words('{% num value "mg" %}', value=41.0) == "41 mg"


def test_a_number_outside_its_limits_is_marked() -> None:
    assert 'class="num outside"' in drawn('{% num 210 "mmHg" outside=True %}')


def test_a_rate_shows_its_denominator_and_interval() -> None:
    assert words("{% rate 12 31 24 56 %}") == "12/31 eligible · 39 % (24–56)"
    assert words("{% rate 0 0 %}") == "–nobody eligible"


@pytest.mark.parametrize(
    ("shown", "total", "said"), [(12, 60, "12 of 60 people"), (7, 7, "7 of 7 people"), (0, 0, "No people")]
)
def test_a_list_says_how_many_of_how_many(shown: int, total: int, said: str) -> None:
    assert words('{% count shown total "people" %}', shown=shown, total=total) == said


@pytest.mark.parametrize("name", ["due", "overdue", "again", "alarm", "blocked", "review", "done", "note"])
def test_every_state_has_a_sign_of_its_own_beside_its_words(name: str) -> None:
    from django.template.loader import render_to_string

    page = drawn("{% state name 'in words' %}", name=name)
    assert f'href="#i-{name}"' in page
    assert "in words" in page
    assert f'id="i-{name}"' in render_to_string("remit/icons.html")


def test_what_people_typed_is_never_markup() -> None:
    for template in ("{% state 'note' text %}", "{% num text %}", "{% count 1 2 text %}", "{% finding f %}"):
        page = drawn(template, text="<script>x</script>", f=Finding("x", Action.WARN, "<script>x</script>"))
        assert "<script>" not in page


def test_a_source_mark_opens_value_origin_status_and_citation() -> None:
    said = words("{% source_mark thing 'the rise' %}", thing="postdose_bp_urgent")
    assert "Origin" in said
    assert "Status" in said
    assert "Id postdose_bp_urgent" in said
    page = drawn("{% source_mark thing %}", thing="postdose_bp_urgent")
    target = re.search(r'popovertarget="([^"]+)"', page)
    assert target is not None
    assert f'id="{target[1]}" popover' in page


def test_an_unverified_value_looks_different_from_a_verified_one() -> None:
    def sourced(status: Status) -> Sourced[int]:
        return Sourced(30, Source(Origin.PROJECT_DEFAULT, status))

    unsure, sure = (drawn('{% sourced v "d" %}', v=sourced(status)) for status in (Status.UNVERIFIED, Status.VERIFIED))
    assert 'class="sourced unverified"' in unsure
    assert "i-unverified" in unsure
    assert "never permits" in unsure
    assert "unverified" not in sure


def test_an_id_that_is_not_known_is_unverified_and_no_failure() -> None:
    assert "never permits" in drawn("{% source_mark 'no.such.value' %}")


def test_a_finding_says_what_it_does_why_and_where_from() -> None:
    page = words("{% finding f %}", f=Finding("x", Action.BLOCK, "an aneurysm", Source(Origin.LABEL, Status.VERIFIED)))
    assert page.startswith("Blocks an aneurysm")
    assert "Origin the product" in page


class Weighing(forms.Form):
    """A form to draw."""

    kg = forms.IntegerField(label="Weight", max_value=250, help_text="Today's.")
    note = forms.CharField(label="Note", required=False)

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.fields["kg"].unit = "kg"  # type: ignore[attr-defined]


def test_a_refusal_stands_next_to_its_field_and_is_tied_to_it() -> None:
    page = drawn("{{ form }}", form=Weighing({"kg": "900"}))
    assert 'class="field refused short"' in page
    assert 'aria-invalid="true"' in page
    described = re.search(r'aria-describedby="([^"]+)"', page)
    assert described is not None
    assert all(f'id="{name}"' in page for name in described[1].split())
    assert '<span class="unit">kg</span>' in page
    assert words("{{ form.note.as_field_group }}", form=Weighing({"kg": "1"})) == "Note optional"
