"""A draft belongs to the account that typed it, and to nobody else."""

from __future__ import annotations

import pytest

from remit.acts import drafts
from remit.acts.actors import Actor, Refused, actor_for
from remit.quantities import BadInput
from remit.records.models import AuditRow, Draft
from tests.fixtures.cast import Cast

pytestmark = pytest.mark.django_db


def nurse(cast: Cast) -> Actor:
    return actor_for(cast.nurse.pk, cast.clinic.pk)


def test_what_was_typed_comes_back_to_the_same_account_alone(cast: Cast) -> None:
    drafts.keep_draft(nurse(cast), "note", {"text": ["half a sent"]})
    drafts.keep_draft(nurse(cast), "note", {"text": ["half a sentence"]})
    held = drafts.read_draft(nurse(cast), "note")
    assert held is not None
    assert held.body == {"text": ["half a sentence"]}
    for other in (cast.second_nurse, cast.administrator):
        assert drafts.read_draft(actor_for(other.pk, cast.clinic.pk), "note") is None


def test_dropping_a_draft_leaves_another_accounts_draft_alone(cast: Cast) -> None:
    second = actor_for(cast.second_nurse.pk, cast.clinic.pk)
    for actor in (nurse(cast), second):
        drafts.keep_draft(actor, "note", {"text": "mine"})
    drafts.drop_draft(second, "note")
    assert drafts.read_draft(second, "note") is None
    assert drafts.read_draft(nurse(cast), "note") is not None


def test_passwords_codes_and_tokens_are_never_kept(cast: Cast) -> None:
    body = {"password": "x", "new_Password2": "x", "csrfmiddlewaretoken": "x", "code": "x", "_draft": "x", "text": "y"}
    drafts.keep_draft(nurse(cast), "form", body)
    assert Draft.objects.get().body == {"text": ["y"]}


def test_keeping_a_draft_is_no_part_of_the_trail(cast: Cast) -> None:
    before = AuditRow.objects.count()
    drafts.keep_draft(nurse(cast), "note", {"text": "y"})
    assert AuditRow.objects.count() == before


@pytest.mark.parametrize("size", [drafts.MOST_SIGNS, drafts.MOST_SIGNS + 1])
def test_a_draft_has_a_longest_size(cast: Cast, size: int) -> None:
    if size <= drafts.MOST_SIGNS:
        drafts.keep_draft(nurse(cast), "note", {"text": "y" * size})
    else:
        with pytest.raises(BadInput, match="draft"):
            drafts.keep_draft(nurse(cast), "note", {"text": "y" * size})


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_draft_needs_a_key_of_a_fit_length(cast: Cast, key: str) -> None:
    with pytest.raises(BadInput, match="key"):
        drafts.keep_draft(nurse(cast), key, {})


def test_who_has_no_account_here_keeps_no_draft(cast: Cast) -> None:
    with pytest.raises(Refused):
        drafts.keep_draft(Actor.by_link(cast.clinic.pk, cast.patient.pk), "note", {})
    with pytest.raises(Refused):
        drafts.keep_draft(actor_for(cast.nurse.pk, cast.other_clinic.pk), "note", {})
