"""The audit page: found by person, patient, act and day, within the clinic; reading it leaves a row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from remit.acts import patients, signin
from remit.acts.actors import Actor, Refused, actor_for
from remit.acts.clock import now
from remit.acts.trail import SHOWN, Wanted, export_trail, read_trail, verify_trail
from remit.quantities import BadInput
from remit.records.models import AuditRow, Membership
from tests.acts.follow_up import acting
from tests.acts.trail import as_an_attacker
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db


def admin(cast: Cast) -> Actor:
    return acting(cast, cast.administrator)


def actions(cast: Cast, **wanted) -> list[str]:
    return [row.action for row in read_trail(admin(cast), Wanted(**wanted)).rows]


def opened(cast: Cast, times: int = 1) -> None:
    for _ in range(times):
        patients.open_patient(acting(cast, cast.nurse), cast.patient.pk)


def test_rows_are_found_by_person_patient_act_and_day(cast: Cast, travel: Traveller) -> None:
    opened(cast)
    patients.find_patients(acting(cast, cast.coordinator), "x")
    assert actions(cast, account_id=str(cast.nurse.pk)) == ["open_patient"]
    assert actions(cast, patient="H-1001") == actions(cast, patient=str(cast.patient.pk)) == ["open_patient"]
    assert actions(cast, action="find_patients") == ["find_patients"]
    travel.on(days=1)
    assert actions(cast, day=now().astimezone(cast.clinic.zone).date()) == []


def test_reading_the_trail_is_in_the_trail(cast: Cast) -> None:
    read_trail(admin(cast), Wanted(action="x"))
    row = AuditRow.objects.get(action="read_trail")
    assert (row.account_id, row.detail["wanted"]["act"]) == (cast.administrator.pk, "x")


def test_another_clinic_s_rows_are_not_shown(cast: Cast) -> None:
    patients.open_patient(actor_for(cast.other_nurse.pk, cast.other_clinic.pk), cast.other_patient.pk)
    assert "open_patient" not in actions(cast)
    with pytest.raises(BadInput, match="patient: a record number of this clinic"):
        actions(cast, patient="L-2001")
    with pytest.raises(BadInput, match="person: an id is needed"):
        actions(cast, account_id="1 OR 1=1")


def test_pages_say_how_many_of_how_many(cast: Cast) -> None:
    opened(cast, SHOWN + 1)
    first = read_trail(admin(cast), Wanted(action="open_patient"))
    second = read_trail(admin(cast), Wanted(action="open_patient"), 99)
    assert (len(first.rows), first.total, first.page, first.pages) == (SHOWN, SHOWN + 1, 1, 2)
    assert (len(second.rows), second.page, second.first) == (1, 2, SHOWN + 1)


def test_a_file_holds_every_row_the_oldest_first(cast: Cast) -> None:
    opened(cast, 3)
    rows = list(export_trail(admin(cast), Wanted(action="open_patient")))
    assert [row.seq for row in rows] == sorted(row.seq for row in rows)
    assert len(rows) == 3
    assert AuditRow.objects.get(action="export_trail").detail["rows"] == 3


@pytest.mark.parametrize("who", ["nurse", "second_prescriber", "coordinator", "researcher", "patient_account"])
def test_only_administrators_and_the_lead_read_it(cast: Cast, who: str) -> None:
    for do in (lambda: read_trail(acting(cast, getattr(cast, who)), Wanted()),
               lambda: export_trail(acting(cast, getattr(cast, who)), Wanted()),
               lambda: verify_trail(acting(cast, getattr(cast, who)))):  # fmt: skip
        with pytest.raises(Refused, match="Administrators and the lead"):
            do()
    assert read_trail(acting(cast, cast.psychiatrist), Wanted()).proof is None


@pytest.mark.django_db(transaction=True)
def test_the_last_proof_stands_on_the_page_and_names_what_was_done(cast: Cast) -> None:
    opened(cast, 2)
    assert verify_trail(admin(cast)).ok
    held = read_trail(admin(cast), Wanted())
    assert held.proof is not None
    assert (held.proof.ok, held.proof.anchor, held.anchor_problem) == (True, "matches", "")
    as_an_attacker("UPDATE records_auditrow SET action = 'nothing' WHERE seq = 1")
    found = verify_trail(admin(cast))
    assert (found.ok, found.problems) == (False, ("audit row 1: altered",))
    assert read_trail(admin(cast), Wanted()).proof == found


def test_where_there_is_one_clinic_a_failed_sign_in_of_nobody_known_is_shown(cast: Cast) -> None:
    signin.sign_in_failed("nobody@clinic.example", "192.0.2.1")
    assert "sign_in_failed" not in actions(cast)
    cast.other_patient.delete()
    Membership.objects.filter(clinic=cast.other_clinic).delete()
    cast.other_clinic.delete()
    assert "sign_in_failed" in actions(cast)


def test_a_day_is_the_clinic_s_own(cast: Cast, travel: Traveller) -> None:
    local = now().astimezone(cast.clinic.zone).replace(hour=23, minute=30)
    travel.to(local)
    opened(cast)
    assert actions(cast, day=local.date(), action="open_patient") == ["open_patient"]
    assert actions(cast, day=local.date() + timedelta(days=1), action="open_patient") == []
