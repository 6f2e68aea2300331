"""The fixtures themselves: what one test stores another never sees, and a page's complaints are not lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import psycopg
import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import TransactionTestCase
from playwright.sync_api import Page

from remit.acts import clock
from remit.records.models import Clinic, Patient, WeightMeasurement
from tests.fixtures.browser import PHONE, Trouble, axe
from tests.fixtures.cast import REGISTERED, Cast
from tests.fixtures.clock import Traveller


def test_the_cast_keeps_the_two_clinics_apart(cast: Cast) -> None:
    assert cast.psychiatrist.memberships.get().lead
    assert cast.patient_account.memberships.get().patient == cast.patient
    assert {row.clinic for row in Patient.objects.all()} == {cast.clinic, cast.other_clinic}


@pytest.mark.django_db(transaction=True)
def test_what_was_committed_is_gone_afterwards_append_only_rows_included(cast: Cast) -> None:
    permissions = Permission.objects.count()
    WeightMeasurement.objects.create(
        clinic=cast.clinic,
        patient=cast.patient,
        kg=82,
        entered_value=82,
        entered_unit="kg",
        measured_on=date(2026, 1, 5),
        by=cast.nurse,
        at=REGISTERED,
    )
    TransactionTestCase._fixture_teardown(None)
    assert not WeightMeasurement.objects.exists()
    assert not Clinic.objects.exists()
    assert Permission.objects.count() == permissions > 0


@pytest.mark.sqlite_only
@pytest.mark.django_db
def test_sqlite_is_a_file_as_in_a_clinic() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)


@pytest.mark.postgres_only
@pytest.mark.django_db
def test_the_application_is_no_superuser_of_postgresql() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


def test_a_postgresql_can_be_had_in_every_run(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_a_traveller_takes_the_clock_along(travel: Traveller) -> None:
    before = clock.now()
    travel.on(minutes=118)
    assert timedelta(minutes=118) <= clock.now() - before < timedelta(minutes=119)


def test_a_page_has_the_size_that_was_asked_for(open_page: Callable[..., Page]) -> None:
    assert open_page(PHONE).evaluate("window.innerWidth") == PHONE["width"]


def test_a_console_error_is_kept_until_it_is_expected(page: Page, trouble: Trouble) -> None:
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('planted') })")
    assert len(trouble.verdict()) == 1
    trouble.expect("planted")
    assert trouble.verdict() == []


def test_an_error_expected_in_vain_fails_the_test() -> None:
    assert Trouble(expected=["422"]).verdict() == ["expected, and not seen: 422"]


def test_axe_names_what_a_screen_reader_cannot_read(page: Page) -> None:
    page.set_content("<html lang='en'><title>x</title><main><h1>Chair 1</h1><img src='data:,'></main></html>")
    assert [line.split(":")[0] for line in axe(page)] == ["image-alt"]
