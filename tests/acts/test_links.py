"""A link is made only where a risky answer would reach somebody; opening never uses it up, sending does, once."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.db import connection

from remit.acts import answering, limits, links, mail
from remit.acts.actors import Conflict, Refused
from remit.acts.answering import open_link, read_link, submit_by_link, warn_by_link
from remit.acts.clock import now
from remit.acts.risk import LEFT_OUT, RISK
from remit.quantities import BadInput
from remit.records.models import (
    Assessment,
    AuditRow,
    ClinicSetting,
    Notification,
    OnCallShift,
    ScaleLink,
    Task,
    UseCount,
)
from tests.acts.follow_up import CALM, RISKY, a_link, acting, channel, contact, given, may_send, on_duty
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db


def make(cast: Cast, scale: str = "PHQ9", key: uuid.UUID | None = None) -> links.Issued:
    return links.create_link(acting(cast, cast.coordinator), cast.patient.pk, scale, key or uuid.uuid4())


def test_a_refusal_names_everything_that_is_missing(cast: Cast, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    with pytest.raises(Refused) as refused:
        make(cast, "CSSRS_SCREEN")
    assert refused.value.reasons == (
        "No crisis contact for US is set and tested.",
        "Nobody is on the duty roster, now or later.",
        "No alert channel is set: the installation needs a mail server (REMIT_SMTP_URL).",
        "CSSRS_SCREEN: a patient answers it with somebody of the clinic, not alone.",
    )
    assert not ScaleLink.objects.exists()


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("contact", "No crisis contact for US"),
        ("tested contact", "No crisis contact for US"),
        ("contact of the country", "No crisis contact for FR"),
        ("roster", "Nobody is on the duty roster"),
        ("channel", "The alert channel was not tested"),
    ],
)
def test_each_thing_that_is_missing_refuses_alone(cast: Cast, missing: str, words: str) -> None:
    if missing != "contact":
        contact(cast, tested_at=None if missing == "tested contact" else now())
    if missing == "contact of the country":
        cast.patient.country = "FR"
        cast.patient.save()
    if missing != "roster":
        on_duty(cast, cast.nurse, starts=48)
    channel(cast, confirmed=missing != "channel")
    with pytest.raises(Refused, match=words) as refused:
        make(cast)
    assert len(refused.value.reasons) == 1


def test_the_token_is_kept_as_a_digest_and_known_once(cast: Cast) -> None:
    may_send(cast)
    key = uuid.uuid4()
    issued = make(cast, key=key)
    assert issued.token is not None
    assert len(issued.token) >= 43
    assert issued.link.token_digest == links.digest_of(issued.token)
    assert issued.token not in " ".join(AuditRow.objects.values_list("detail_text", flat=True))
    assert make(cast, key=key).token is None
    assert ScaleLink.objects.count() == 1
    assert links.holder(issued.token + "x") is None


def test_opening_uses_nothing_up_and_is_counted(cast: Cast) -> None:
    may_send(cast)
    _, held = a_link(cast)
    assert [open_link(held.actor, held.link_id).state for _ in range(3)] == ["open"] * 3
    assert ScaleLink.objects.get().opened_count == 3


def test_sending_uses_it_up_once(cast: Cast) -> None:
    may_send(cast)
    _, held = a_link(cast)
    first = submit_by_link(held.actor, held.link_id, given(CALM))
    assert (first.by, first.mode, first.link_id, first.total) == (None, "link", held.link_id, 7)
    assert submit_by_link(held.actor, held.link_id, given(RISKY)) == first
    assert (Assessment.objects.count(), Task.objects.count()) == (1, 0)
    assert read_link(held.actor, held.link_id).state == "used"
    row = AuditRow.objects.filter(action="submit_by_link").first()
    assert (row.account_id, row.patient_id) == (None, cast.patient.pk)


@pytest.mark.parametrize("answers", [(None,) * 9, ()])
def test_nothing_answered_is_not_sent(cast: Cast, answers) -> None:
    may_send(cast)
    _, held = a_link(cast)
    with pytest.raises(BadInput, match="at least one answer is needed"):
        submit_by_link(held.actor, held.link_id, given(answers))
    assert read_link(held.actor, held.link_id).state == "open"


@pytest.mark.parametrize(("minutes", "state"), [(-1, "open"), (1, "expired")])
def test_it_expires_when_the_clinic_s_setting_says(cast: Cast, travel: Traveller, minutes: int, state: str) -> None:
    may_send(cast)
    _, held = a_link(cast)
    travel.to(ScaleLink.objects.get().expires_at + timedelta(minutes=minutes))
    seen = open_link(held.actor, held.link_id)
    assert (seen.state, [one.country for one in seen.contacts]) == (state, ["US"])
    if state == "expired":
        with pytest.raises(Refused, match="expired"):
            submit_by_link(held.actor, held.link_id, given())
        with pytest.raises(Refused, match="expired"):
            warn_by_link(held.actor, held.link_id, RISKY)


def test_a_new_link_ends_the_one_before_and_a_withdrawn_one_answers_nothing(cast: Cast) -> None:
    may_send(cast)
    _, first = a_link(cast)
    _, second = a_link(cast)
    assert read_link(first.actor, first.link_id).state == "revoked"
    links.revoke_link(acting(cast, cast.nurse), second.link_id, cast.patient.pk)
    with pytest.raises(Refused, match="withdrew this link"):
        submit_by_link(second.actor, second.link_id, given())
    _, third = a_link(cast)
    submit_by_link(third.actor, third.link_id, given())
    with pytest.raises(Conflict, match="answered already"):
        links.revoke_link(acting(cast, cast.nurse), third.link_id, cast.patient.pk)


def test_a_risky_answer_reaches_the_person_on_call_before_everything_is_sent(cast: Cast) -> None:
    may_send(cast)
    _, held = a_link(cast)
    assert warn_by_link(held.actor, held.link_id, CALM).reads_now
    assert not Task.objects.exists()
    warn_by_link(held.actor, held.link_id, RISKY)
    task = Task.objects.get(kind=RISK)
    assert (task.owner, task.detail.get("assessment")) == (cast.nurse, None)
    made = submit_by_link(held.actor, held.link_id, given((*RISKY[:8], 3)))
    task.refresh_from_db()
    assert Task.objects.count() == 1
    assert task.detail["assessment"] == str(made.pk)
    assert [alert["value"] for alert in task.detail["alerts"]] == [2, 3]


def test_an_answer_taken_back_before_sending_takes_no_alert_back(cast: Cast) -> None:
    may_send(cast)
    _, held = a_link(cast)
    warn_by_link(held.actor, held.link_id, RISKY)
    submit_by_link(held.actor, held.link_id, given(CALM))
    assert Task.objects.get(kind=RISK).done_at is None


def test_item_9_left_out_is_asked_and_is_no_zero(cast: Cast) -> None:
    may_send(cast)
    _, held = a_link(cast)
    made = submit_by_link(held.actor, held.link_id, given((*CALM[:8], None)))
    assert (made.total, made.complete, made.answers[8]) == (None, False, None)
    task = Task.objects.get()
    assert (task.kind, task.urgent) == (LEFT_OUT, False)


def test_outside_the_cover_the_holder_is_told_that_nobody_reads(cast: Cast) -> None:
    may_send(cast)
    _, held = a_link(cast)
    OnCallShift.objects.all().delete()
    later = on_duty(cast, cast.nurse, starts=5)
    seen = open_link(held.actor, held.link_id)
    assert (seen.cover.reads_now, seen.cover.next_from) == (False, later.starts)
    assert warn_by_link(held.actor, held.link_id, RISKY).reads_now is False
    assert Task.objects.get().owner is None


@pytest.mark.parametrize("shows", [0, 1])
def test_the_score_is_shown_only_where_the_clinic_says_so(cast: Cast, shows: int) -> None:
    may_send(cast)
    ClinicSetting.objects.create(
        clinic=cast.clinic, key="patients_see_scores", value=shows, set_by=cast.administrator, set_at=now()
    )
    _, held = a_link(cast)
    submit_by_link(held.actor, held.link_id, given(CALM))
    assert read_link(held.actor, held.link_id).total == (7 if shows else None)


def test_a_link_opens_its_own_patient_and_scale_alone(cast: Cast) -> None:
    may_send(cast)
    _, held = a_link(cast)
    stranger = type(held.actor).by_link(cast.clinic.pk, cast.other_patient.pk)
    with pytest.raises(Refused):
        open_link(stranger, held.link_id)
    with pytest.raises(Refused):
        links.list_links(held.actor, cast.patient.pk)


@pytest.mark.parametrize("who", ["therapist", "researcher", "administrator", "patient_account"])
def test_who_does_not_work_at_the_desk_sends_no_link(cast: Cast, who: str) -> None:
    may_send(cast)
    with pytest.raises(Refused, match="send a patient a link"):
        links.create_link(acting(cast, getattr(cast, who)), cast.patient.pk, "PHQ9", uuid.uuid4())


def send(cast: Cast, *, by_mail: bool = True) -> links.Sent:
    return links.send_link(
        acting(cast, cast.coordinator), cast.patient.pk, "PHQ9", uuid.uuid4(), lambda token: f"https://x/s/{token}/",
        by_mail=by_mail,
    )  # fmt: skip


def test_a_mailed_link_names_no_illness_and_shows_the_crisis_number(cast: Cast) -> None:
    may_send(cast)
    cast.patient.email = "paula@home.example"
    cast.patient.save()
    sent = send(cast)
    (message,) = outbox.outbox
    assert (sent.address, sent.failure, message.to) == (None, "", ["paula@home.example"])
    assert "https://x/s/" in message.body
    assert "555 0100" in message.body
    assert not {"PHQ", "depress", "ketamine"} & set(message.body.split())
    assert ScaleLink.objects.get().sent_to == "paula@home.example"
    assert Notification.objects.get().ok


def test_where_no_mail_goes_the_address_is_given_to_hand_over(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    may_send(cast)
    assert send(cast).failure == "no e-mail address is recorded"
    cast.patient.email = "paula@home.example"
    cast.patient.save()
    monkeypatch.setattr(mail, "send", lambda *_: "connection refused")
    failed = send(cast)
    assert (failed.failure, ScaleLink.objects.get(pk=failed.link.pk).sent_to) == ("connection refused", "")
    assert failed.address is not None
    assert (send(cast, by_mail=False).address or "").startswith("https://x/s/")
    assert Notification.objects.filter(ok=False).count() == 2


def test_pages_of_a_link_are_counted_by_link_and_by_address(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    may_send(cast)
    _, held = a_link(cast)
    ClinicSetting.objects.create(
        clinic=cast.clinic, key="link_steps_an_hour", value=3, set_by=cast.administrator, set_at=now()
    )
    assert [links.too_often(held, "192.0.2.1", now()) for _ in range(4)] == [False, False, False, True]
    assert not links.too_often(held, "192.0.2.1", now() + timedelta(hours=1))


def test_guessing_is_counted_by_address_and_no_address_is_kept(cast: Cast) -> None:
    at = now()
    assert [links.too_often(None, "192.0.2.1", at) for _ in range(31)] == [False] * 30 + [True]
    assert not links.too_often(None, "192.0.2.2", at)
    assert "192.0.2" not in "".join(UseCount.objects.values_list("key", flat=True))
    limits.forget_old(at + timedelta(days=2))
    assert not UseCount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_submits_at_the_same_moment_make_one_assessment(cast: Cast) -> None:
    may_send(cast)
    _, held = a_link(cast)
    start, made = threading.Barrier(6), []

    def submit(answers) -> None:
        try:
            start.wait(10)
            made.append(answering.submit_by_link(held.actor, held.link_id, given(answers)).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=submit, args=(answers,)) for answers in (CALM, RISKY) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(made) == 6
    assert len(set(made)) == Assessment.objects.count() == 1
