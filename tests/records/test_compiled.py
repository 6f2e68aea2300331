"""Compiled queries answer as the ORM does: for every value, in every thread, on either database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.db.models import Count, QuerySet

from remit.records.compiled import compiled_query
from remit.records.models import Membership, Patient
from tests.fixtures.cast import REGISTERED, Cast

pytestmark = pytest.mark.django_db(transaction=True)


def by_name(clinic: UUID, name: str) -> QuerySet[Patient]:
    return Patient.objects.filter(clinic_id=clinic, family_name=name).select_related("clinic", "registered_by")


def by_birthday(birthday: date) -> QuerySet[Patient, str]:
    return Patient.objects.filter(birth_date__gte=birthday).order_by("mrn").values_list("mrn", flat=True)


def by_hour(at: datetime) -> QuerySet[Patient, tuple[UUID, datetime]]:
    return Patient.objects.filter(registered_at__lte=at).order_by("mrn").values_list("pk", "registered_at")[:1]


def roles(clinic: UUID) -> QuerySet[Membership, tuple[str, int]]:
    held = Membership.objects.filter(clinic_id=clinic, active=True).order_by("role")
    return held.values("role").annotate(n=Count("pk")).values_list("role", "n")


ASKED: dict[Callable[..., QuerySet[Any, Any]], tuple[Callable[[Cast], tuple[Any, ...]], ...]] = {
    by_name: (
        lambda cast: (cast.clinic.pk, cast.patient.family_name),
        lambda cast: (cast.other_clinic.pk, cast.other_patient.family_name),
        lambda cast: (cast.clinic.pk, cast.other_patient.family_name),
        lambda cast: (uuid4(), "'; DROP TABLE patient; --"),
    ),
    by_birthday: (lambda _: (date(1978, 3, 4),), lambda _: (date(1978, 3, 5),)),
    by_hour: (lambda _: (REGISTERED,), lambda _: (REGISTERED.replace(hour=8),)),
    roles: (lambda cast: (cast.clinic.pk,), lambda cast: (cast.other_clinic.pk,)),
}


@pytest.mark.parametrize("write", ASKED, ids=lambda write: write.__name__)
def test_it_answers_as_the_orm_does(cast: Cast, write: Callable[..., QuerySet[Any, Any]]) -> None:
    compiled = compiled_query(write)
    for given in ASKED[write]:
        assert compiled(*given(cast)) == list(write(*given(cast)))


def test_what_is_loaded_along_with_a_row_is_there(cast: Cast, django_assert_num_queries: Any) -> None:
    find = compiled_query(by_name)
    with django_assert_num_queries(1):
        (found,) = find(cast.clinic.pk, cast.patient.family_name)
        assert (found.clinic, found.registered_by) == (cast.clinic, cast.patient.registered_by)


def test_each_thread_asks_over_its_own_connection(cast: Cast) -> None:
    find = compiled_query(by_name)

    def ask(person: Patient) -> list[UUID]:
        try:
            return [row.pk for row in find(person.clinic_id, person.family_name)]
        finally:
            connections.close_all()

    people = [cast.patient, cast.other_patient] * 20
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, people)) == [[person.pk] for person in people]


def test_null_is_refused_since_nothing_equals_it(cast: Cast) -> None:
    with pytest.raises(ValueError, match="not with null"):
        compiled_query(by_name)(cast.clinic.pk, None)


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(ValidationError):
        compiled_query(by_name)("no id", "Marlow")
