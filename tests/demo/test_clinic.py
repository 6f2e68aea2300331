"""The synthetic clinic as it stands after a start: a valid record, alive at this minute, and every page of it opens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client, TransactionTestCase, override_settings
from django.urls import resolve, reverse

from remit.acts import board, candidate
from remit.acts.candidate import Aim
from remit.acts.clock import now
from remit.acts.duty import links_off
from remit.acts.session_record import load
from remit.acts.signin import demo_accounts
from remit.acts.signing import sheet_of
from remit.acts.verification import verify
from remit.demo.clinic import Stage
from remit.demo.histories import PUBLISHED
from remit.demo.seed import seed
from remit.pathway.chart import State
from remit.pathway.entry_reading import read_entry
from remit.pathway.session import replay, view
from remit.quantities import BadInput
from remit.records.models import (
    Account,
    Assessment,
    Clinic,
    Course,
    CrisisContact,
    LedgerEntry,
    Patient,
    Referral,
    ScreeningRecord,
    Session,
    SessionEntry,
    Task,
)
from remit.records.seal import digest

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
LINK = re.compile(r'href="([^"#][^"]*)"')
OF_A_KIND = 4
"""How many addresses of one page are opened for each account."""


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The clinic of this minute, made once for all tests of this file."""
    folder = tmp_path_factory.mktemp("demo")
    anchor = {"REMIT_ANCHOR": folder / "audit.anchor", "REMIT_ANCHOR_KEY": folder / "audit.key"}
    with django_db_blocker.unblock(), override_settings(**anchor):
        yield seed(now())
        TransactionTestCase._fixture_teardown(None)


def sessions(**wanted: Any) -> list[Session]:
    return list(Session.objects.filter(**wanted).select_related("course__clinic", "patient", "clinic"))


def test_the_trail_proves_every_row(stage: Stage) -> None:
    found = verify()
    assert (found.problems, found.anchor) == ([], "matches")
    assert found.sealed > 5000


def test_it_is_marked_and_never_made_beside_another(stage: Stage) -> None:
    assert [clinic.synthetic for clinic in Clinic.objects.all()] == [True]
    with pytest.raises(BadInput, match="there is a clinic"):
        seed(now())


def test_sixty_people_stand_at_every_stage(stage: Stage) -> None:
    assert Patient.objects.count() == 60
    assert Counter(Course.objects.values_list("status", flat=True)).keys() == {
        "planned",
        "active",
        "completed",
        "stopped",
    }
    assert set(Referral.objects.current().values_list("status", flat=True)) == {"open", "accepted", "declined"}
    assert set(ScreeningRecord.objects.values_list("verdict", flat=True)) == {"eligible", "review", "blocked"}
    phases = set(Session.objects.exclude(state_cache="scheduled").values_list("phase", flat=True))
    assert phases == {"induction", "optimisation", "maintenance"}


def test_three_chairs_are_under_way_and_one_asks_for_a_repeat(stage: Stage) -> None:
    found = board.poll_board(stage.staff.nurse, None, now())
    assert {one.row.chair.name: one.row.state_cache for one in found.at_chairs} == {
        "Chair 1": "dosing", "Chair 2": "observing", "Chair 3": "arrived",
    }  # fmt: skip
    assert (len(found.coming), found.ended) == (2, {"discharged": 2})
    seen = {row.chair.name: view(load(row).session, now()) for row in (one.row for one in found.at_chairs)}
    assert seen["Chair 1"].dose_state.value == "running"
    assert "repeat_blood_pressure" in [due.what for due in seen["Chair 1"].due]
    assert set(seen["Chair 2"].blocks_discharge) == {"minimum_observation", "walking", "suicide_risk", "respiratory"}
    assert {demand.id for demand in seen["Chair 3"].demands if demand.standing.value != "met"} >= {
        "cssrs_since_last_visit", "predose_bp_review",
    }  # fmt: skip


def test_nobody_of_an_earlier_day_was_forgotten(stage: Stage) -> None:
    midnight = stage.days.at(0, "00:00")
    waiting = Session.objects.filter(planned_at__lt=midnight)
    assert set(waiting.values_list("state_cache", flat=True)) <= {"discharged", "left", "cancelled"}
    assert Session.objects.filter(planned_at__gte=midnight, planned_at__lt=midnight + timedelta(days=1)).count() == 7


def test_no_chair_holds_two_at_once(stage: Stage) -> None:
    by_chair: dict[Any, list[Session]] = {}
    for row in Session.objects.exclude(state_cache="cancelled").order_by("planned_at"):
        by_chair.setdefault(row.chair_id, []).append(row)
    for rows in by_chair.values():
        for one, following in pairwise(rows):
            assert one.planned_at + timedelta(minutes=one.planned_minutes) <= following.planned_at


def test_each_session_of_the_past_is_what_the_rules_make_of_its_entries(stage: Stage) -> None:
    held, asof = sessions(last_seq__gte=0), now()
    assert len(held) > 100
    for row in held:
        loaded = load(row)
        again = replay(loaded.plan, [record.entry for record in loaded.session.records])
        assert all(record.decision.accepted for record in again.records), row
        assert view(loaded.session, asof) == view(again, asof)
        assert row.state_cache == loaded.session.records[-1].state


def test_an_entry_of_the_past_is_kept_like_one_of_today(stage: Stage) -> None:
    under_way = SessionEntry.objects.filter(session__state_cache=State.DOSING).latest("seq")
    for entry in [under_way, *SessionEntry.objects.filter(session__state_cache=State.DISCHARGED)[:60]]:
        read = read_entry(entry.body)
        assert (read.kind, read.at, read.account, read.by.value) == (
            entry.kind, entry.at, str(entry.account_id), entry.role,
        )  # fmt: skip
        assert (entry.entered_at, read.second_account) == (entry.at, str(entry.second_account_id or "") or None)
        assert set(entry.result) == set(under_way.result)
    assert LedgerEntry.objects.filter(session__state_cache=State.DISCHARGED, kind="waste", witness=None).count() == 0


def test_a_signature_of_the_past_holds_the_sheet_that_is_signed(stage: Stage) -> None:
    row = sessions(state_cache="discharged", signatures__isnull=False)[0]
    signature = row.signatures.get()
    assert signature.up_to_seq == row.last_seq
    assert (signature.sheet, signature.sheet_digest) == (
        sheet_of(load(row), signature.at), digest(signature.sheet),
    )  # fmt: skip


def test_what_is_unusual_can_be_found(stage: Stage) -> None:
    kinds = set(SessionEntry.objects.values_list("kind", flat=True))
    assert kinds >= {"correct", "rescue", "alarm_ack", "dose_stop", "left", "adverse_event"}
    assert any(
        "override_reason" in body
        for body in SessionEntry.objects.filter(kind="discharge").values_list("body", flat=True)
    )
    assert Assessment.objects.filter(complete=False).exists()
    assert Assessment.objects.exclude(supersedes=None).exists()
    risk = Task.objects.get(kind="risk", done_at=None)
    assert risk.taken_at is not None
    assert now() < risk.due_at < now() + timedelta(hours=1)
    assert Task.objects.filter(kind="left_out_item", done_at=None).exists()


def test_two_of_five_count_in_the_published_history(stage: Stage) -> None:
    (patient,) = [one for one in Patient.objects.all() if one.trials.count() == len(PUBLISHED) == 5]
    tried = candidate.look_at(patient, Aim()).tried
    assert sum(one.judgement.counts for one in tried) == 2


def test_who_is_blocked_is_told_why(stage: Stage) -> None:
    found = {
        finding["id"]
        for record in ScreeningRecord.objects.filter(verdict="blocked")
        for finding in record.findings
        if finding["action"] == "block"
    }
    assert found >= {"aneurysmal_vascular_disease", "pregnancy_test", "hypersensitivity", "rems_enrolment"}


def test_nothing_in_it_reaches_anybody(stage: Stage) -> None:
    addresses = [*Account.objects.values_list("email", flat=True), *Patient.objects.values_list("email", flat=True)]
    assert all(one.endswith(".example") for one in addresses)
    assert all(re.fullmatch(r"555-01\d\d", one) for one in Patient.objects.values_list("phone", flat=True))
    (line,) = CrisisContact.objects.all()
    assert (line.phone, "real public line" in line.name) == ("988", True)


def test_links_work_and_somebody_is_on_call(stage: Stage) -> None:
    assert links_off(stage.clinic.pk, "US") == []


@pytest.mark.parametrize(
    "role", ["prescriber", "nurse", "therapist", "coordinator", "patient", "researcher", "administrator"]
)
def test_every_page_opens_for(stage: Stage, role: str) -> None:
    client = Client()
    (offered,) = [one for one in demo_accounts() if one.role.startswith(role)]
    client.force_login(Account.objects.get(pk=offered.id), backend="remit.web.sign_in.Backend")
    opened = crawl(client, reverse("home"))
    assert opened["home"] == 1
    assert len(opened) >= {"patient": 3, "researcher": 2}.get(role, 8), opened


def crawl(client: Client, start: str) -> Counter[str]:
    """Follow every link, a few of each page; says how many of which page were opened."""
    waiting, seen, opened = [(start, "")], {start}, Counter[str]()
    while waiting:
        address, came_from = waiting.pop(0)
        answer = client.get(address)
        assert answer.status_code in (200, 302), f"{address}, linked on {came_from}: {answer.status_code}"
        text = answer.content.decode() if "html" in answer.get("Content-Type", "") else ""
        for found in [*LINK.findall(text), answer.get("Location", "")]:
            following = unescape(found)
            page = page_of(following)
            if page and following not in seen and opened[page] < OF_A_KIND:
                seen.add(following)
                opened[page] += 1
                waiting.append((following, address))
        opened[page_of(address)] += not came_from
    return opened


def page_of(address: str) -> str:
    """The name of the page behind an address of this site; empty for anything else."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("/static/"):
        return ""
    name = resolve(parts.path).view_name
    return "" if name == "account_logout" else name
