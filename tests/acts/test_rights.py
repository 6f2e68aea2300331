"""The rights, as one table: who may do what at home, and that nobody may do anything elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from rules.predicates import Predicate

from remit.acts import rights
from remit.acts.actors import LINK, SYSTEM, Actor
from remit.records.models import Role

HOME, AWAY = uuid4(), uuid4()
MYSELF, SOMEBODY = uuid4(), uuid4()
ME, COLLEAGUE = uuid4(), uuid4()

LETTERS = {
    "P": Role.PRESCRIBER.value,
    "N": Role.NURSE.value,
    "T": Role.THERAPIST.value,
    "C": Role.COORDINATOR.value,
    "A": Role.ADMINISTRATOR.value,
    "R": Role.RESEARCHER.value,
    "p": Role.PATIENT.value,
    "s": SYSTEM,
    "l": LINK,
}

MAY = {
    # rule: who may to anybody's record of the clinic
    "may_see_board": "PNTC",
    "may_see_patients": "PNTC",
    "may_see_patient": "PNTC",
    "may_register_patient": "PNC",
    "may_see_history": "PNT",
    "may_take_history": "PN",
    "may_screen": "PN",
    "may_prescribe": "P",
    "may_see_plan": "PNTC",
    "may_book": "PNC",
    "may_see_session": "PNTC",
    "may_enter_in_session": "PNTCs",
    "may_record_session": "PN",
    "may_sign": "PN",
    "may_keep_ledger": "PN",
    "may_rate": "PNT",
    "may_see_scores": "PNT",
    "may_correct_score": "PNT",
    "may_open_own_page": "",
    "may_send_link": "PNC",
    "may_answer_by_link": "",
    "may_see_tasks": "PNTC",
    "may_do_task": "PNTC",
    "may_run_clockwork": "s",
    "may_record_visit": "T",
    "may_see_visits": "PNTC",
    "may_keep_therapy_note": "T",
    "may_manage_people": "A",
    "may_manage_clinic": "A",
    "may_see_clinic": "PNTCA",
    "may_adopt": "",
    "may_read_audit": "A",
    "may_read_evidence": "PNTCAR",
    "may_read_expectations": "PNTCARp",
    "may_see_forecasts": "PNT",
    "may_ask_forecast": "P",
    "may_read_results": "P",
    "may_read_released": "PARs",
    "may_release_results": "A",
    "may_learn": "PNTCARp",
    "may_use_lab": "PR",
    "may_research": "R",
    "may_keep_draft": "PNTCARp",
}
OWN = {
    # rule: who may besides to the own record
    "may_see_patient": "p",
    "may_rate": "p",
    "may_see_scores": "p",
    "may_open_own_page": "p",
    "may_answer_by_link": "l",
}
LEAD = {"may_adopt", "may_read_audit", "may_release_results"}


@dataclass(frozen=True)
class Thing:
    """A row of somebody's record: typed and written by `by_id`."""

    clinic_id: UUID = HOME
    patient_id: UUID = SOMEBODY
    by_id: UUID = ME
    account_id: UUID = ME


def rule(name: str) -> Predicate:
    found: Predicate = getattr(rights, name)
    return found


def actor(role: str, **more: Any) -> Actor:
    patient = MYSELF if role in (Role.PATIENT.value, LINK) else None
    return replace(Actor(ME, HOME, frozenset({role}), patient_id=patient), **more)


def allowed(name: str, thing: Any, **more: Any) -> str:
    return "".join(letter for letter, role in LETTERS.items() if rule(name).test(actor(role, **more), thing))


def ordered(letters: str) -> str:
    return "".join(letter for letter in LETTERS if letter in letters)


RULES = sorted(name for name, held in vars(rights).items() if isinstance(held, Predicate))


def test_every_rule_stands_in_the_table() -> None:
    assert sorted(MAY) == RULES


@pytest.mark.parametrize("name", RULES)
def test_who_may_to_any_record_of_the_clinic(name: str) -> None:
    assert allowed(name, Thing()) == ordered(MAY[name])


@pytest.mark.parametrize("name", RULES)
def test_who_may_to_the_own_record(name: str) -> None:
    assert allowed(name, Thing(patient_id=MYSELF)) == ordered(MAY[name] + OWN.get(name, ""))


@pytest.mark.parametrize("name", RULES)
def test_nobody_may_in_another_clinic(name: str) -> None:
    assert allowed(name, Thing(clinic_id=AWAY), lead=True) == ""
    assert allowed(name, Thing(clinic_id=AWAY, patient_id=MYSELF), lead=True) == ""


@pytest.mark.parametrize("name", RULES)
def test_nobody_may_without_a_clinic(name: str) -> None:
    assert allowed(name, None, clinic_id=None, lead=True) == ""


@pytest.mark.parametrize("name", RULES)
def test_what_the_lead_prescriber_may_beside_the_others(name: str) -> None:
    assert ("P" in allowed(name, Thing(), lead=True)) is ("P" in MAY[name] or name in LEAD)


@pytest.mark.parametrize("name", ["may_keep_therapy_note", "may_keep_draft"])
def test_what_a_colleague_wrote_for_themselves_stays_theirs(name: str) -> None:
    assert allowed(name, Thing(by_id=COLLEAGUE, account_id=COLLEAGUE)) == ""


@pytest.mark.parametrize("name", RULES)
def test_every_rule_says_itself_in_one_sentence(name: str) -> None:
    said = (rule(name).fn.__doc__ or "").strip()
    assert said.endswith(".")
    assert "\n" not in said
