"""The clinic's settings, chairs, duty, prices and adopted values: bounded, dated, and in the trail."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core import mail

from remit.acts import adoption, clinic, duty, facts, prices, settings
from remit.acts.actors import Actor, Conflict, NotHere, Refused, actor_for
from remit.acts.clock import now
from remit.quantities import BadInput
from remit.records.models import Account, Adoption, AuditRow, Chair, ClinicSetting, OnCallShift
from tests.fixtures.cast import Cast

pytestmark = pytest.mark.django_db
UNVERIFIED = "weight_for_dose"


def acting(cast: Cast, account: Account) -> Actor:
    return actor_for(account.pk, cast.clinic.pk)


def admin(cast: Cast) -> Actor:
    return acting(cast, cast.administrator)


# Details, settings, chairs.


def test_details_are_changed_by_an_administrator_and_kept_in_the_trail(cast: Cast) -> None:
    clinic.change_clinic(admin(cast), name="Harbour House", timezone="Europe/London", country="gb")
    held = clinic.show_clinic(acting(cast, cast.nurse)).details
    assert (held["name"], held["timezone"], held["country"]) == ("Harbour House", "Europe/London", "GB")
    row = AuditRow.objects.filter(action="change_clinic").get()
    assert row.detail["changed"]["name"] == "Harbour House"
    with pytest.raises(Refused, match="Administrators"):
        clinic.change_clinic(acting(cast, cast.nurse), name="Mine")


@pytest.mark.parametrize(
    ("name", "value"),
    [("timezone", "Mars/Base"), ("country", "USA"), ("jurisdiction", "XX"), ("name", " "), ("colour", "red")],
)
def test_details_that_cannot_be_are_refused_by_name(cast: Cast, name: str, value: str) -> None:
    with pytest.raises(BadInput, match=name):
        clinic.change_clinic(admin(cast), **{name: value})


@pytest.mark.parametrize(("given", "fits"), [("1", True), ("60", True), ("0", False), ("61", False), ("ten", False)])
def test_a_setting_stays_inside_its_bounds(cast: Cast, given: str, fits: bool) -> None:
    if fits:
        assert clinic.change_setting(admin(cast), "screen_locks_after", given) == int(given)
        assert settings.value(cast.clinic.pk, "screen_locks_after") == int(given)
    else:
        with pytest.raises(BadInput, match="screen_locks_after"):
            clinic.change_setting(admin(cast), "screen_locks_after", given)


def test_an_emptied_setting_goes_back_to_its_default(cast: Cast) -> None:
    clinic.change_setting(admin(cast), "screen_locks_after", "3")
    assert clinic.change_setting(admin(cast), "screen_locks_after", "") == settings.default("screen_locks_after")
    assert not ClinicSetting.objects.filter(key="screen_locks_after").exists()
    assert settings.value(cast.other_clinic.pk, "screen_locks_after") == settings.default("screen_locks_after")


def test_an_unknown_setting_names_the_known_ones(cast: Cast) -> None:
    with pytest.raises(BadInput, match="screen_locks_after"):
        clinic.change_setting(admin(cast), "no_such_setting", "3")


def test_chairs_are_added_renamed_and_put_out_of_use(cast: Cast) -> None:
    made = clinic.add_chair(admin(cast), " Window ")
    assert made.name == "Window"
    assert made.order == 4
    clinic.change_chair(admin(cast), made.pk, "Door", active=False)
    assert Chair.objects.get(pk=made.pk).active is False
    with pytest.raises(BadInput, match="already"):
        clinic.add_chair(admin(cast), "chair 1")
    with pytest.raises(BadInput, match="name is needed"):
        clinic.add_chair(admin(cast), " ")


def test_a_chair_of_another_clinic_is_unknown(cast: Cast) -> None:
    other = Chair.objects.create(clinic=cast.other_clinic, name="Far")
    with pytest.raises(NotHere):
        clinic.change_chair(admin(cast), other.pk, "Near")


# Duty.


def test_on_duty_is_who_has_a_shift_now_in_the_order_they_are_told(cast: Cast) -> None:
    at = now()
    duty.add_shift(admin(cast), cast.nurse.pk, at - timedelta(hours=1), at + timedelta(hours=1), 1)
    duty.add_shift(admin(cast), cast.psychiatrist.pk, at - timedelta(hours=1), at + timedelta(hours=1), 0)
    here = cast.clinic.pk
    assert duty.on_call(here, at) == [cast.psychiatrist, cast.nurse]
    assert duty.on_call(here, at + timedelta(hours=1)) == []
    assert duty.on_call(here, at + timedelta(minutes=59)) != []
    assert duty.on_call(cast.other_clinic.pk, at) == []


def test_cover_ends_at_the_first_gap(cast: Cast) -> None:
    at = now()
    for start, end in ((0, 2), (2, 4), (5, 6)):
        duty.add_shift(admin(cast), cast.nurse.pk, at + timedelta(hours=start), at + timedelta(hours=end))
    assert duty.covered_until(cast.clinic.pk, at) == at + timedelta(hours=4)
    assert duty.covered_until(cast.clinic.pk, at + timedelta(hours=7)) is None


def test_a_shift_needs_an_end_after_its_start_and_a_clinician(cast: Cast) -> None:
    at = now()
    with pytest.raises(BadInput, match="end must come after"):
        duty.add_shift(admin(cast), cast.nurse.pk, at, at)
    for nobody in (cast.coordinator.pk, cast.other_nurse.pk, "x"):
        with pytest.raises(BadInput, match="person"):
            duty.add_shift(admin(cast), nobody, at, at + timedelta(hours=1))


def test_a_removed_shift_stays_in_the_history(cast: Cast) -> None:
    at = now()
    shift = duty.add_shift(admin(cast), cast.nurse.pk, at, at + timedelta(hours=1))
    duty.remove_shift(admin(cast), shift.pk)
    assert duty.on_call(cast.clinic.pk, at) == []
    assert OnCallShift.history.filter(id=shift.pk, history_type="-").exists()


def test_links_are_off_until_contact_and_channel_are_proven(cast: Cast) -> None:
    here = cast.clinic.pk
    duty.add_shift(admin(cast), cast.nurse.pk, now(), now() + timedelta(hours=1))
    assert len(duty.links_off(here)) == 2
    contact = duty.add_crisis_contact(admin(cast), "us", "Lifeline", "988", hours="day and night")
    assert len(duty.links_off(here)) == 2
    duty.confirm_crisis_contact(admin(cast), contact.pk)
    assert duty.test_alert_channel(admin(cast), "desk@clinic.example") == ""
    assert len(duty.links_off(here)) == 1
    number = re.search(r"\d{6}", mail.outbox[0].body)
    assert number is not None
    with pytest.raises(BadInput, match="number"):
        duty.confirm_alert_channel(admin(cast), "1")
    assert duty.confirm_alert_channel(admin(cast), number[0]).works
    assert duty.links_off(here) == []
    assert len(duty.links_off(cast.other_clinic.pk)) == 3


def test_a_number_confirms_once_and_an_empty_one_never(cast: Cast) -> None:
    duty.test_alert_channel(admin(cast), "desk@clinic.example")
    number = re.search(r"\d{6}", mail.outbox[0].body)
    assert number is not None
    duty.confirm_alert_channel(admin(cast), number[0])
    for again in (number[0], "", "no test"):
        with pytest.raises(BadInput, match="number"):
            duty.confirm_alert_channel(admin(cast), again)


def test_without_a_mail_server_the_test_says_why_it_did_not_go(cast: Cast, settings: object) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # type: ignore[attr-defined]
    assert "REMIT_SMTP_URL" in duty.test_alert_channel(admin(cast), "desk@clinic.example")
    assert any("REMIT_SMTP_URL" in reason for reason in duty.links_off(cast.clinic.pk))


def test_the_crisis_numbers_of_the_patients_country_come_first(cast: Cast) -> None:
    for country, name in (("CH", "Dargebotene Hand"), ("US", "Lifeline"), ("US", "Text line")):
        duty.add_crisis_contact(admin(cast), country, name, "1")
    assert [contact.country for contact in duty.crisis_contacts(cast.clinic.pk, "us")] == ["US", "US", "CH"]


# Prices.


def test_the_newest_price_that_has_begun_holds(cast: Cast) -> None:
    first = date(2026, 1, 1)
    for amount, start in (("400", first), ("450,50", first + timedelta(days=30))):
        prices.set_price(admin(cast), "iv_racemic_ketamine", "session", amount, "usd", start)
    on = first + timedelta(days=29)
    held = [prices.price_of(cast.clinic.pk, "iv_racemic_ketamine", "session", on + timedelta(days=n)) for n in (0, 1)]
    assert [price.amount for price in held if price] == [Decimal("400.00"), Decimal("450.50")]
    assert prices.price_of(cast.clinic.pk, "iv_racemic_ketamine", "session", first - timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"protocol_id": "no_such"}, "protocol"),
        ({"item": "smile"}, "item"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "much"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"currency": "US$"}, "currency"),
    ],
)
def test_a_price_that_cannot_be_is_refused(cast: Cast, change: dict[str, str], reason: str) -> None:
    given = {"protocol_id": "iv_racemic_ketamine", "item": "session", "amount": "1", "currency": "USD"} | change
    with pytest.raises(BadInput, match=reason):
        prices.set_price(admin(cast), **given, valid_from=date(2026, 1, 1))


# Adoption.


def test_the_lead_adopts_by_name_and_date_and_takes_back_with_a_reason(cast: Cast) -> None:
    lead = acting(cast, cast.psychiatrist)
    made = adoption.adopt_value(lead, UNVERIFIED, "our own policy")
    assert made.by == cast.psychiatrist
    assert UNVERIFIED in facts.adopted(cast.clinic.pk)
    assert facts.adopted(cast.other_clinic.pk) == frozenset()
    with pytest.raises(Conflict):
        adoption.adopt_value(lead, UNVERIFIED)
    with pytest.raises(BadInput, match="reason"):
        adoption.withdraw_adoption(lead, made.pk, " ")
    adoption.withdraw_adoption(lead, made.pk, "the policy changed")
    assert facts.adopted(cast.clinic.pk) == frozenset()
    assert Adoption.objects.filter(knowledge_id=UNVERIFIED).count() == 2
    with pytest.raises(NotHere):
        adoption.withdraw_adoption(lead, made.pk, "again")


@pytest.mark.parametrize("who", ["second_prescriber", "nurse", "administrator"])
def test_nobody_but_the_lead_adopts(cast: Cast, who: str) -> None:
    with pytest.raises(Refused, match="lead"):
        adoption.adopt_value(acting(cast, getattr(cast, who)), UNVERIFIED)


def test_only_unverified_values_that_exist_are_adopted(cast: Cast) -> None:
    lead = acting(cast, cast.psychiatrist)
    with pytest.raises(BadInput, match="only unverified"):
        adoption.adopt_value(lead, "predose_bp_review")
    with pytest.raises(BadInput, match="not known"):
        adoption.adopt_value(lead, "no_such_value")


def test_the_list_is_searched_by_kind_and_words_and_says_how_many_of_how_many(cast: Cast) -> None:
    lead = acting(cast, cast.psychiatrist)
    everything = adoption.list_unverified(lead)
    assert len(everything.values) == everything.total == sum(everything.by_kind.values())
    found = adoption.list_unverified(lead, "eligibility", "measured weight")
    assert [one.id for one in found.values] == [UNVERIFIED]
    adoption.adopt_value(lead, UNVERIFIED)
    assert [one.id for one in adoption.list_unverified(lead, adopted_only=True).values] == [UNVERIFIED]
