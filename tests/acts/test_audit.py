"""The trail finds what somebody did to it who owns the database; the anchor finds what the trail cannot."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from remit.acts import audit
from remit.acts.audit import Happening
from remit.acts.verification import verify
from remit.records.models import Adoption, AuditRow
from tests.acts.trail import adopter, as_an_attacker, own_acts
from tests.fixtures.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def trail(cast: Cast) -> Iterator[Any]:
    """Five sealed rows and five reads, anchored."""
    with own_acts() as acts:
        for n in range(5):
            acts.adopt(adopter(cast), f"value-{n}")
            acts.open_patient(adopter(cast), cast.patient.pk)
        yield acts


def forget_the_process() -> None:
    """What a new process knows of the anchor: nothing but its file."""
    audit._anchor_at.cache_clear()


def test_an_untouched_trail_is_whole(trail: Any) -> None:
    found = verify()
    assert (found.ok, found.rows, found.sealed, found.anchor) == (True, 10, 5, "matches")


def test_an_empty_trail_is_whole() -> None:
    assert (verify().ok, verify().anchor) == (True, "empty")


def test_the_anchor_holds_the_last_acknowledged_row(trail: Any) -> None:
    assert audit.anchor().read() == audit.newest()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE records_auditrow SET action = 'nothing' WHERE seq = 4", "audit row 4: altered"),
        ("UPDATE records_auditrow SET account_id = NULL WHERE seq = 4", "audit row 4: altered"),
        ("UPDATE records_auditrow SET detail_text = '{}' WHERE seq = 3", "audit row 3: altered"),
        ("UPDATE records_auditrow SET at = '2020-01-01 00:00:00+00' WHERE seq = 4", "audit row 4: altered"),
        ("DELETE FROM records_auditrow WHERE seq = 4", "audit row 4: missing"),
        ("DELETE FROM records_auditrow WHERE seq IN (1, 2)", "audit row 1 to 2: missing"),
        ("UPDATE records_adoption SET note = 'x' WHERE knowledge_id = 'value-2'", "adoption {}: altered"),
        (
            "UPDATE records_adoption SET withdrawn = NOT withdrawn WHERE knowledge_id = 'value-2'",
            "adoption {}: altered",
        ),
        ("DELETE FROM records_adoption WHERE knowledge_id = 'value-2'", "adoption {}: missing"),
    ],
)
def test_a_changed_or_removed_row_is_found(trail: Any, statement: str, problem: str) -> None:
    row = Adoption.objects.get(knowledge_id="value-2")
    as_an_attacker(statement)
    assert problem.format(row.pk) in verify().problems


def test_rows_in_another_order_are_found(trail: Any) -> None:
    as_an_attacker(
        "UPDATE records_auditrow SET seq = 99 WHERE seq = 4",
        "UPDATE records_auditrow SET seq = 4 WHERE seq = 5",
        "UPDATE records_auditrow SET seq = 5 WHERE seq = 99",
    )
    assert "audit row 4: does not follow row 3" in verify().problems


def test_a_record_that_no_act_stored_is_found(trail: Any, cast: Cast) -> None:
    Adoption.objects.create(
        clinic=cast.clinic,
        knowledge_id="slipped in",
        adopted_on="2026-01-05",
        by=cast.psychiatrist,
        at="2026-01-05T09:00:00Z",
    )
    assert verify().problems == ["adoption: 1 row that no act stored"]


def test_a_tail_that_was_cut_off_is_found_by_the_anchor(trail: Any) -> None:
    as_an_attacker("DELETE FROM records_auditrow WHERE seq > 8")
    found = verify()
    assert (found.ok, found.anchor) == (False, "behind")


def test_a_tail_that_was_cut_off_and_grown_again_is_found(trail: Any, cast: Cast) -> None:
    as_an_attacker("DELETE FROM records_auditrow WHERE seq > 6")
    forget_the_process()
    for _ in range(8):
        trail.open_patient(adopter(cast), cast.patient.pk)
    assert "behind" in verify().anchor


def test_a_tail_that_was_cut_off_while_the_server_runs_is_found(trail: Any, cast: Cast) -> None:
    as_an_attacker("DELETE FROM records_auditrow WHERE seq > 9")
    for _ in range(8):
        trail.open_patient(adopter(cast), cast.patient.pk)
    assert "behind" in verify().anchor


def test_a_whole_chain_forged_anew_is_found(trail: Any) -> None:
    as_an_attacker("DELETE FROM records_auditrow")
    for _ in range(10):
        audit.record(Happening("innocent"))
    assert verify().anchor == "behind"


def test_a_database_ahead_of_its_anchor_is_anchored_anew_and_says_so(trail: Any, cast: Cast, tmp_path: Path) -> None:
    before_the_crash = shutil.copy(settings.REMIT_ANCHOR, tmp_path / "anchor")
    trail.open_patient(adopter(cast), cast.patient.pk)
    trail.open_patient(adopter(cast), cast.patient.pk)
    shutil.copy(before_the_crash, settings.REMIT_ANCHOR)
    forget_the_process()
    found = verify()
    assert (found.ok, found.anchor, found.reanchored) == (True, "reanchored", 2)
    newest = AuditRow.objects.last()
    assert newest is not None
    assert (newest.action, newest.detail) == ("audit_reanchored", {"anchored": 10, "ahead_by": 2})
    assert verify().anchor == "matches"


def test_a_faulty_chain_is_never_anchored_anew(trail: Any, cast: Cast, tmp_path: Path) -> None:
    before = shutil.copy(settings.REMIT_ANCHOR, tmp_path / "anchor")
    trail.open_patient(adopter(cast), cast.patient.pk)
    shutil.copy(before, settings.REMIT_ANCHOR)
    forget_the_process()
    as_an_attacker("UPDATE records_auditrow SET action = 'nothing' WHERE seq = 2")
    assert not verify().ok
    anchored = audit.anchor().read()
    assert anchored is not None
    assert anchored.seq == 10


def test_a_missing_anchor_fails(trail: Any) -> None:
    settings.REMIT_ANCHOR.unlink()
    forget_the_process()
    assert (verify().ok, verify().anchor) == (False, "missing")


def test_a_missing_anchor_is_not_quietly_made_anew(trail: Any, cast: Cast) -> None:
    settings.REMIT_ANCHOR.unlink()
    forget_the_process()
    trail.open_patient(adopter(cast), cast.patient.pk)
    assert verify().anchor == "missing"


def test_an_anchor_removed_while_the_server_runs_is_not_quietly_made_anew(trail: Any, cast: Cast) -> None:
    settings.REMIT_ANCHOR.unlink()
    trail.open_patient(adopter(cast), cast.patient.pk)
    assert verify().anchor == "missing"


def test_an_anchor_written_without_the_key_fails(trail: Any) -> None:
    settings.REMIT_ANCHOR.write_bytes(settings.REMIT_ANCHOR.read_bytes().replace(b'"seq": 10', b'"seq": 11'))
    settings.REMIT_ANCHOR_KEY.write_bytes(b"another key")
    forget_the_process()
    assert (verify().ok, verify().anchor) == (False, "broken")


def test_work_goes_on_while_the_anchor_is_broken_and_the_evidence_stays(trail: Any, cast: Cast) -> None:
    as_an_attacker("DELETE FROM records_auditrow WHERE seq > 8")
    forget_the_process()
    assert trail.open_patient(adopter(cast), cast.patient.pk) == "Marsh, Paula"
    assert not verify().ok


def test_a_marked_restore_passes_and_stays_visible(trail: Any, cast: Cast) -> None:
    as_an_attacker(
        "DELETE FROM records_auditrow WHERE seq > 8", "DELETE FROM records_adoption WHERE knowledge_id = 'value-4'"
    )
    forget_the_process()
    assert not verify().ok
    audit.mark_restored("disk failed", cast.administrator.pk)
    found = verify()
    assert (found.ok, found.anchor, found.rows) == (True, "matches", 9)
    newest = AuditRow.objects.last()
    assert newest is not None
    assert (newest.action, newest.detail["reason"], newest.detail["anchored"]["seq"]) == (
        "restore_marked",
        "disk failed",
        10,
    )
