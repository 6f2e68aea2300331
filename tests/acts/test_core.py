"""Each act checks the right first, runs whole or not at all, and leaves its row in the trail."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from remit.acts.actors import Actor, Conflict, NotHere, Refused, actor_for, actors_of
from remit.acts.core import ACTS, act, act_on, load_acts, note, setting_up
from remit.acts.rights import may_adopt, may_manage_clinic, may_see_patient
from remit.records.models import Account, Adoption, AuditRow, Chair, Membership, Patient
from tests.acts.trail import adopter, own_acts
from tests.fixtures.cast import REGISTERED, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def own() -> Iterator[Any]:
    with own_acts() as acts:
        yield acts


@pytest.fixture
def forget_acts() -> Iterator[None]:
    """Acts that a test defines are gone after it."""
    before = dict(ACTS)
    yield
    ACTS.clear()
    ACTS.update(before)


def at_work(cast: Cast, account: Account) -> Actor:
    return actor_for(account.pk, cast.clinic.pk)


def last_row() -> AuditRow:
    row = AuditRow.objects.last()
    assert row is not None
    return row


def test_a_read_leaves_a_row_that_names_reader_record_and_act(own: Any, cast: Cast) -> None:
    own.open_patient(at_work(cast, cast.nurse), cast.patient.pk)
    row = last_row()
    assert (row.action, row.account_id, row.clinic_id) == ("test_open", cast.nurse.pk, cast.clinic.pk)
    assert (row.subject_type, row.subject_id, row.patient_id) == ("patient", str(cast.patient.pk), cast.patient.pk)


def test_a_write_is_sealed_in_its_row(own: Any, cast: Cast) -> None:
    stored = own.adopt(adopter(cast), "x")
    assert list(last_row().detail["kept"]["adoption"]) == [str(stored.pk)]


def test_many_rows_at_once_are_sealed_too(cast: Cast, forget_acts: None) -> None:
    @act("test_many", right=may_adopt)
    def many(actor: Actor) -> None:
        rows = [
            Adoption(
                clinic_id=actor.clinic_id,
                knowledge_id=str(n),
                adopted_on="2026-01-05",
                by_id=actor.account_id,
                at="2026-01-05T09:00:00Z",
            )
            for n in range(3)
        ]
        Adoption.objects.bulk_create(rows)

    many(adopter(cast))
    assert len(last_row().detail["kept"]["adoption"]) == 3


def test_without_the_right_nothing_happens_and_the_attempt_is_kept(own: Any, cast: Cast) -> None:
    with pytest.raises(Refused, match="lead prescriber adopts"):
        own.adopt(at_work(cast, cast.second_prescriber), "x")
    assert not Adoption.objects.exists()
    assert last_row().detail == {"refused": ["The clinic's lead prescriber adopts unverified values."]}


@pytest.mark.parametrize("key", ["another clinic's", "nobody's", "no id"])
def test_what_is_not_in_this_clinic_is_not_there(own: Any, cast: Cast, key: str) -> None:
    keys = {"another clinic's": cast.other_patient.pk, "nobody's": uuid.uuid4(), "no id": "1 OR 1=1"}
    with pytest.raises(NotHere, match="patient: there is none of this id here"):
        own.open_patient(at_work(cast, cast.nurse), keys[key])
    assert (last_row().subject_id, last_row().patient_id) == (str(keys[key]), None)


def test_an_account_without_membership_here_may_nothing(own: Any, cast: Cast) -> None:
    stranger = actor_for(cast.other_nurse.pk, cast.clinic.pk)
    assert stranger.roles == frozenset()
    with pytest.raises(Refused):
        own.open_patient(stranger, cast.patient.pk)


@pytest.mark.parametrize("ended", ["membership", "account"])
def test_a_right_ends_with_its_membership_or_account(cast: Cast, ended: str) -> None:
    if ended == "membership":
        Membership.objects.filter(account=cast.nurse).update(active=False)
    else:
        Account.objects.filter(pk=cast.nurse.pk).update(is_active=False)
    assert at_work(cast, cast.nurse).roles == frozenset()
    assert actors_of(cast.nurse.pk) == []


def test_a_patient_opens_the_own_record_alone(own: Any, cast: Cast) -> None:
    patient = at_work(cast, cast.patient_account)
    another = Patient.objects.create(
        clinic=cast.clinic,
        mrn="H-2",
        family_name="Else",
        given_name="Someone",
        birth_date="1980-01-01",
        registered_by=cast.coordinator,
        registered_at="2026-01-05T09:00:00Z",
    )
    assert own.open_patient(patient, cast.patient.pk) == "Marsh, Paula"
    with pytest.raises(Refused):
        own.open_patient(patient, another.pk)


def test_an_act_that_fails_half_way_leaves_nothing(cast: Cast, own: Any, forget_acts: None) -> None:
    @act("test_half", right=may_adopt)
    def half(actor: Actor) -> None:
        own.adopt(actor, "inner")
        raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        half(adopter(cast))
    assert not Adoption.objects.exists()
    assert not AuditRow.objects.exists()


def test_an_act_inside_an_act_has_a_row_of_its_own(cast: Cast, own: Any, forget_acts: None) -> None:
    @act("test_outer", right=may_adopt)
    def outer(actor: Actor) -> None:
        own.adopt(actor, "inner")
        note(said="after")

    outer(adopter(cast))
    assert [(row.action, "kept" in row.detail, row.detail.get("said")) for row in AuditRow.objects.all()] == [
        ("test_outer", False, "after"),
        ("test_adopt", True, None),
    ]


def test_an_inner_act_that_is_refused_and_survived_leaves_no_seal(cast: Cast, own: Any, forget_acts: None) -> None:
    @act("test_inner", right=may_adopt)
    def inner(actor: Actor) -> None:
        own.adopt(actor, "inner")
        raise Conflict("test_inner", ["no"])

    @act("test_outer", right=may_adopt)
    def outer(actor: Actor) -> None:
        with pytest.raises(Conflict):
            inner(actor)

    outer(adopter(cast))
    assert not Adoption.objects.exists()
    assert [row.action for row in AuditRow.objects.all()] == ["test_outer"]


def test_an_act_that_only_reads_cannot_write_through_another(cast: Cast, own: Any, forget_acts: None) -> None:
    @act("test_reader", right=may_adopt, reads=True)
    def reader(actor: Actor) -> None:
        own.adopt(actor, "x")

    with pytest.raises(RuntimeError, match="cannot run inside an act that only reads"):
        reader(adopter(cast))


def test_a_poll_is_checked_and_leaves_no_row(cast: Cast, forget_acts: None) -> None:
    @act_on(Patient, "test_poll", right=may_see_patient, reads=True, audited=False)
    def poll(actor: Actor, patient: Patient) -> str:
        return patient.mrn

    assert poll(at_work(cast, cast.nurse), cast.patient.pk) == "H-1001"
    assert not AuditRow.objects.exists()
    with pytest.raises(Refused):
        poll(at_work(cast, cast.administrator), cast.patient.pk)


def test_a_change_of_settings_names_who_made_it(cast: Cast, forget_acts: None) -> None:
    @act_on(Chair, "test_rename", right=may_manage_clinic)
    def rename(actor: Actor, chair: Chair) -> None:
        chair.name = "By the window"
        chair.save()

    rename(at_work(cast, cast.administrator), cast.chairs[0].pk)
    newest = cast.chairs[0].history.latest()
    assert (newest.name, newest.history_user) == ("By the window", cast.administrator)


def test_a_full_row_of_the_trail_is_followed_by_another(cast: Cast) -> None:
    with setting_up(adopter(cast), "test_many"):
        for n in range(501):
            Adoption.objects.create(
                clinic=cast.clinic,
                knowledge_id=str(n),
                adopted_on=REGISTERED.date(),
                by=cast.psychiatrist,
                at=REGISTERED,
            )
    assert [len(row.detail["kept"]["adoption"]) for row in AuditRow.objects.all()] == [500, 1]


def test_two_acts_cannot_share_a_name(own: Any) -> None:
    with pytest.raises(ValueError, match="there are two of this name"):
        act("test_open", right=may_see_patient)(lambda actor: None)


def test_what_writes_cannot_go_unaudited() -> None:
    with pytest.raises(ValueError, match="what writes is audited"):
        act("test_quiet", right=may_adopt, audited=False)(lambda actor: None)


def test_a_right_that_says_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="its right says nothing"):
        act("test_mute", right=may_adopt & may_see_patient)(lambda actor: None)


def test_every_act_says_who_may_do_it_and_allows_no_role_in_another_clinic(cast: Cast) -> None:
    acts = load_acts()
    assert acts
    for name, made in acts.items():
        assert made.says.endswith("."), name
        for role in ("prescriber", "nurse", "therapist", "coordinator", "patient", "researcher", "administrator"):
            actor = Actor(cast.nurse.pk, cast.clinic.pk, frozenset({role}), lead=True, patient_id=cast.patient.pk)
            assert not made.allows(actor, cast.other_patient), f"{name} as {role}"
            assert not made.allows(Actor(cast.nurse.pk, None, frozenset({role}), lead=True)), f"{name} as {role}"
