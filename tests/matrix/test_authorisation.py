"""The authorisation matrix: every address and every act, for every role, in the own clinic and in another.

It is made from the routes of Django and Starlette and from the registry of acts, so what is new is in it at once.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

import pytest
from django.conf import settings
from rules.predicates import predicate
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from remit.acts import core, people
from remit.acts.actors import LINK, Actor, NotHere, Refused
from remit.acts.core import ACTS, Act, load_acts
from remit.live import auth
from remit.live.auth import Visitor, events, look, streams
from remit.records.models import Account, AuditRow, Membership, Patient, Role, Session
from remit.server.routes import Address, addresses
from remit.web.guard import ANYBODY, SIGNED_IN
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.matrix.roles import NOBODY, ROLES, TABLE, Allowed, allowed, table
from tests.matrix.roles import SIGNED_IN as STAFF_AND_PATIENTS
from tests.matrix.rows import Rows
from tests.matrix.world import (
    World,
    concrete,
    may_open,
    own_only,
    strangers,
    thing,
    unknown,
    variables,
    who_may,
    world,
)

pytestmark = pytest.mark.django_db

T = TypeVar("T")
load_acts()
EVERYBODY = (*STAFF_AND_PATIENTS, NOBODY, LINK)
PAGES = [address for address in addresses() if address.side == "pages"]
STREAMS = [address for address in addresses() if address.side == "live"]
REFUSED = {"sign in", 401, 403, 404, 405}
UNKNOWN = {403, 404, 405}


@pytest.fixture
def clinics(cast: Cast, travel: Traveller, caplog: pytest.LogCaptureFixture) -> World:
    caplog.set_level(logging.CRITICAL, "django.request")
    return world(cast, travel)


# The table


def missing_from_the_table() -> list[str]:
    """What a person must add to the table, in words."""
    said = table()
    return [
        f"{name}: nobody has said who may do it; add the row `{name},<roles>` to {TABLE.name} after looking at its "
        f"right ({act.says})"
        for name, act in sorted(ACTS.items())
        if name not in said and act.call.__module__.startswith("remit.")
    ]


def test_every_act_stands_in_the_table() -> None:
    assert missing_from_the_table() == []


def test_the_table_names_no_act_that_is_gone() -> None:
    assert sorted(set(table()) - set(ACTS)) == []


@predicate
def may_open_the_safe(actor: Actor, thing: Any = None) -> bool:
    """Nobody opens the safe."""
    return False


def open_the_safe(actor: Actor) -> None:
    """An act as it stands in a module of acts."""


open_the_safe.__module__ = "remit.acts.safe"


def test_a_new_act_fails_until_somebody_says_who_may_do_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTS, "open_the_safe", Act("open_the_safe", may_open_the_safe, open_the_safe))
    said = next(line for line in missing_from_the_table() if line.startswith("open_the_safe"))
    assert "add the row `open_the_safe,<roles>` to rights.csv" in said
    assert said.endswith("(Nobody opens the safe.)")


def test_a_role_that_does_not_exist_is_no_row_of_the_table() -> None:
    with pytest.raises(AssertionError, match=r"\['porter'\] are no roles"):
        allowed("nurse porter")


# Acts


def test_each_act_is_allowed_to_whom_the_table_says_and_to_nobody_else(clinics: World) -> None:
    said = table()
    found = {name: who_may(clinics, name, (*ROLES, NOBODY)).words for name in said}
    assert found == {name: held.words for name, held in said.items()}


def test_no_act_is_allowed_to_anybody_of_another_clinic(clinics: World) -> None:
    reached = [
        (act.name, role, where)
        for act in ACTS.values()
        for role in (*ROLES, NOBODY)
        for where in ("home", "own")
        if act.on is not None and act.allows(clinics.abroad(role), thing(clinics, act.on, where, role))
    ]
    assert reached == []


def test_every_act_on_a_row_looks_for_it_in_the_own_clinic_only() -> None:
    without = [
        act.name
        for act in ACTS.values()
        if act.on is not None and not any(column.name == "clinic" for column in act.on._meta.concrete_fields)
    ]
    assert without == []


def outcome(act: Act, actor: Actor, key: Any = None) -> str:
    """What becomes of an act before it does anything: refused, not here, or let in."""
    try:
        return str(core._run(act, actor, key, lambda _: "let in"))
    except NotHere:
        return "not here"
    except Refused as refused:
        return "refused" if refused.reasons == (act.says,) else str(refused)


@pytest.mark.parametrize("role", [*ROLES, NOBODY])
def test_an_act_lets_in_whom_the_table_names_and_finds_nothing_of_another_clinic(clinics: World, role: str) -> None:
    wrong = []
    for name, said in table().items():
        act, actor = ACTS[name], clinics.actor(role)
        if act.on is None:
            tried = [(outcome(act, actor), "let in" if said.says(role) else "refused")]
        else:
            beside, abroad = clinics.beside.of(act.on).pk, clinics.elsewhere.of(act.on).pk
            tried = [
                (outcome(act, actor, beside), "let in" if role in said.everything else "refused"),
                (outcome(act, actor, abroad), "not here"),
                (outcome(act, clinics.abroad(role), beside), "not here"),
            ]
            if role == NOBODY:
                tried = [(found, "not here") for found, _ in tried]
        wrong += [(name, found, expected) for found, expected in tried if found != expected]
    assert wrong == []


# Addresses


def without_a_rule(found: list[Address]) -> list[str]:
    """Every address about which nobody said who may open it."""
    return [
        f"{address.path}: say who may open it, with `opens(...)`, `signed_in` or `anybody` of remit.web.guard, or with "
        "`streams(...)` of remit.live.auth"
        for address in found
        if not (address.rule in (ANYBODY, SIGNED_IN) or (address.rule and set(address.rule) <= set(ACTS)))
    ]


def test_every_address_has_a_rule() -> None:
    assert without_a_rule(addresses()) == []
    assert len(PAGES) > 90


def test_an_address_without_a_rule_or_with_an_act_that_does_not_exist_fails() -> None:
    silent = Address("/silent/", "silent", None, "pages", print)
    wrong = Address("/wrong/", "wrong", ("no_such_act",), "pages", print)
    assert [line.partition(":")[0] for line in without_a_rule([silent, wrong])] == ["/silent/", "/wrong/"]


ACCOUNT_PAGES = {
    "account_login", "account_logout", "account_signup", "account_inactive", "account_reauthenticate",
    "account_change_password", "mfa_index", "mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp",
    "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes",
    "mfa_list_webauthn", "mfa_add_webauthn", "mfa_reauthenticate_webauthn", "mfa_remove_webauthn", "mfa_edit_webauthn",
}  # fmt: skip
"""The pages of allauth that are needed. E-mail change, password reset by mail, social and code sign-in are off."""


def test_of_allauth_only_what_is_needed_is_on() -> None:
    from_allauth = {address.name for address in PAGES if address.path.startswith("/accounts/")}
    assert from_allauth == ACCOUNT_PAGES | {"first-password"}


def test_nobody_signs_up_alone(clinics: World) -> None:
    before = Account.objects.count()
    client = clinics.client(NOBODY)
    fields = {"email": "stranger@clinic.example", "password1": "a long pass phrase", "password2": "a long pass phrase"}
    assert "sign up" not in client.post("/accounts/signup/", fields).content.decode().lower()
    assert Account.objects.count() == before


LEADS_OUT = "/accounts/logout/"


def none_of(wrong: list[str]) -> None:
    """Fail with every line at once."""
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


@pytest.mark.either_database
@pytest.mark.parametrize("role", EVERYBODY)
def test_whoever_may_not_open_an_address_is_turned_away_and_nothing_fails(clinics: World, role: str) -> None:
    said = table()
    wrong = [
        f"{method} {address.path}: {words}"
        for address in PAGES
        for method in ("GET", "POST")
        if (words := amiss(address, role, method, clinics.ask(role, method, concrete(clinics, address)), said))
    ]
    none_of(wrong)


def amiss(address: Address, role: str, method: str, status: int | str, said: dict[str, Allowed]) -> str:
    """What is wrong with this answer to this role; empty where nothing is."""
    may = may_open(address, role, said)
    if isinstance(status, int) and status >= 500:
        return f"{status}, it fails"
    if not may:
        return "" if status in REFUSED else f"{status}, though the table does not let a {role} in"
    if status == "sign in" and role not in (NOBODY, LINK) and address.path != LEADS_OUT:
        return f"a {role} who is signed in is sent to sign in"
    turned_away = method == "GET" and status == 403 and not own_only(address, role, said)
    return f"403, though the table lets a {role} in" if turned_away else ""


@pytest.mark.either_database
@pytest.mark.parametrize("role", EVERYBODY)
def test_nobody_reaches_what_belongs_to_another_clinic_or_to_nobody(clinics: World, role: str) -> None:
    said = table()
    wrong = [
        f"{method} {address.path} with {which}: {status}"
        for address in PAGES
        if may_open(address, role, said)
        for which, path in (*strangers(clinics, address, clinics.elsewhere), *unknown(clinics, address))
        for method in ("GET", "POST")
        if (status := clinics.ask(role, method, path)) not in UNKNOWN
    ]
    none_of(wrong)


def test_an_attempt_at_another_clinics_record_stands_in_the_trail(clinics: World) -> None:
    theirs = clinics.elsewhere.of(Patient).pk
    clinics.client("nurse").get(f"/patients/{theirs}/")
    row = AuditRow.objects.latest("seq")
    assert (row.action, row.subject_id, row.account_id) == ("open_patient", str(theirs), clinics.cast.nurse.pk)
    assert row.detail["refused"] == ["patient: there is none of this id here"]
    assert row.patient_id is None


@pytest.mark.either_database
def test_a_patient_reaches_nobody_elses_record(clinics: World) -> None:
    wrong = [
        f"{method} {address.path} with {which}: {status}"
        for address in PAGES
        for which, path in strangers(clinics, address, clinics.beside)
        for method in ("GET", "POST")
        if (status := clinics.ask("patient", method, path)) not in UNKNOWN
    ]
    none_of(wrong)


# Event streams


async def at_once(do: Callable[..., Any], *args: Any, **_: Any) -> Any:
    """In place of a thread: the same look, in the transaction of the test."""
    return do(*args)


@pytest.fixture
def same_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """What streams do in threads of their own is done at once, where they see the rows of the test."""
    for name, module in list(sys.modules.items()):
        if name.startswith("remit.live"):
            monkeypatch.setattr(module, "run_sync", at_once, raising=False)
            monkeypatch.setattr(module, "close_old_connections", lambda: None, raising=False)


def now(doing: Coroutine[Any, Any, T]) -> T:
    """What comes of this at once, without an event loop: on the connection of the test."""
    try:
        doing.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits for something")


@streams("poll_session")
async def planted(request: Request, visitor: Visitor) -> Response:
    """A stream like those of the pages, so that the rules hold before the first page has one."""
    return events(visitor, heartbeats())


async def heartbeats() -> AsyncIterator[str]:
    while True:
        yield ""


LISTENED = [*STREAMS, Address("/planted/", "planted", auth.rule_of(planted), "live", planted)]
listened = pytest.mark.parametrize("stream", LISTENED, ids=lambda stream: stream.path)


def arriving(stream: Address, world: World, role: str, rows: Rows | None = None) -> Request:
    """A request for a stream as a browser of this role sends it, about home or about other rows."""
    cookie = world.session(role) if role in STAFF_AND_PATIENTS else "made-up"
    names = [found.name for found in variables(stream)]
    path = concrete(world, stream, *names, rows=rows) if rows else concrete(world, stream)
    return Request({
        "type": "http", "method": "GET", "path": path, "root_path": "", "query_string": b"",
        "path_params": dict(zip(names, ids_in(stream, path), strict=True)),
        "headers": [(b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode())],
    })  # fmt: skip


def ids_in(stream: Address, path: str) -> list[str]:
    parts = zip(stream.path.split("/"), path.split("/"), strict=True)
    return [filled for wanted, filled in parts if wanted != filled]


@listened
def test_a_stream_is_for_whom_the_table_says(clinics: World, same_thread: None, stream: Address) -> None:
    said = table()
    wrong = []
    for role in EVERYBODY:
        response = now(stream.endpoint(arriving(stream, clinics, role)))
        expected = 401 if role in (NOBODY, LINK) else 200 if may_open(stream, role, said) else 403
        if response.status_code != expected or isinstance(response, StreamingResponse) is not (expected == 200):
            wrong.append(f"{stream.path}: {response.status_code} for a {role}")
    none_of(wrong)


@listened
def test_a_stream_tells_nothing_of_another_clinic(clinics: World, same_thread: None, stream: Address) -> None:
    theirs = [str(clinics.elsewhere.of(model).pk) for model in (Patient, Session)]
    theirs += [clinics.cast.other_patient.family_name]
    heard = now(hear(stream, arriving(stream, clinics, "nurse", clinics.elsewhere)))
    assert not [held for held in theirs if held in heard]


async def hear(stream: Address, request: Request, frames: int = 1) -> str:
    """What the first frames of a stream say; nothing where it is refused."""
    response = await stream.endpoint(request)
    if not isinstance(response, StreamingResponse):
        assert response.status_code in UNKNOWN
        return ""
    text = ""
    async for frame in response.body_iterator:
        text, frames = text + str(frame), frames - 1
        if frames == 0:
            break
    return text


def sign_out(world: World) -> None:
    world.client("nurse").post("/accounts/logout/")


def take_role(world: World) -> None:
    administrator = world.actor("administrator")
    people.change_roles(administrator, world.cast.nurse.pk, ["researcher"])


def add_role(world: World) -> None:
    people.change_roles(world.actor("administrator"), world.cast.nurse.pk, ["nurse", "administrator"])


def leave(world: World) -> None:
    people.deactivate_person(world.actor("administrator"), world.cast.nurse.pk)


def lock_screen(world: World) -> None:
    world.client("nurse").post("/lock/")


def choose_another_clinic(world: World) -> None:
    other = world.cast.other_clinic
    Membership.objects.create(account=world.cast.nurse, clinic=other, role=Role.NURSE)
    world.client("nurse").post("/clinics/choose/", {"clinic": str(other.pk)})


@pytest.fixture
def listening(clinics: World, same_thread: None) -> list[Visitor]:
    """The nurse at every stream."""
    rules = [auth.rule_of(stream.endpoint) for stream in LISTENED]
    found = look(clinics.session("nurse"), rules[0])
    assert isinstance(found, Actor)
    return [Visitor(clinics.session("nurse"), found, rule, 0.0) for rule in rules]


def who_stays(listening: list[Visitor]) -> list[bool]:
    return [now(visitor.may_stay()) for visitor in listening]


@pytest.mark.parametrize("change", [sign_out, take_role, add_role, leave, lock_screen, choose_another_clinic])
def test_streams_end_after_a_sign_out_a_lock_or_a_change_of_roles_or_clinic(
    clinics: World, listening: list[Visitor], monkeypatch: pytest.MonkeyPatch, change: Callable[[World], None]
) -> None:
    clock = [auth.RECHECK_S]
    monkeypatch.setattr(auth, "monotonic", lambda: clock[0])
    assert all(who_stays(listening))
    change(clinics)
    clock[0] += auth.RECHECK_S - 0.1
    assert all(who_stays(listening)), "it is looked at again every so often, not at every frame"
    clock[0] += 0.2
    assert not any(who_stays(listening))
