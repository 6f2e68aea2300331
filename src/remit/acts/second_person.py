"""The second person: another account of the clinic that agrees with its own password, on the same screen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from remit.acts import audit
from remit.acts.actors import Actor, Refused, actor_for
from remit.acts.audit import Happening
from remit.acts.core import is_under_way
from remit.records.models import Account

ACTION = "confirm_second"
_THIS_MACHINE = "127.0.0.1"
"""Where a confirmation without a request comes from."""
_SENT_BY = ("REMOTE_ADDR", "HTTP_USER_AGENT", "HTTP_ACCEPT", "PATH_INFO")


@dataclass(frozen=True, slots=True)
class SecondPerson(Actor):
    """An account that has just given its password beside somebody else's; only `confirm_second` makes one."""


def confirm_second(
    actor: Actor, email: str, password: str, roles: Collection[str], request: HttpRequest | None = None
) -> SecondPerson:
    """The second person, once e-mail and password are right, it is another account, and it holds one of the roles here.

    Call it before the act that needs the second person, never inside one: a failure must stay counted, and in the
    trail, though the act never comes about. Raises `Refused`, whose reason may be shown beside the field.
    """
    if is_under_way():
        raise RuntimeError("the second person is confirmed before the act, so that a failure stays counted")
    email = email.strip().lower()
    if not email or not password:
        raise Refused(ACTION, ["The second person's own e-mail and password are needed."])
    _refuse_oneself(actor, email)
    account = _signed(email, password, request)
    second = actor_for(account.pk, actor.here)
    if second.account_id == actor.account_id:
        raise Refused(ACTION, [_ANOTHER])
    if not second.is_a(*roles):
        _tell(actor, second, refused=[_not_in_role(account, roles)])
        raise Refused(ACTION, [_not_in_role(account, roles)])
    _tell(actor, second)
    return SecondPerson(**{held.name: getattr(second, held.name) for held in fields(Actor)})


def require_second(action: str, actor: Actor, second: Actor | None, roles: Collection[str]) -> SecondPerson:
    """What an act asks of the second person that it was given. Raises `Refused`."""
    if not isinstance(second, SecondPerson):
        raise Refused(action, [f"A second person is needed, {_one_of(roles)} of this clinic who confirms here."])
    if second.account_id == actor.account_id:
        raise Refused(action, [_ANOTHER])
    if second.clinic_id != actor.clinic_id or not second.is_a(*roles):
        raise Refused(action, [f"The second person must be {_one_of(roles)} of this clinic."])
    return second


_ANOTHER = "The second person must be another account than your own."


def _refuse_oneself(actor: Actor, email: str) -> None:
    if Account.objects.filter(pk=actor.me, email=email).exists():
        raise Refused(ACTION, [_ANOTHER])


def _signed(email: str, password: str, request: HttpRequest | None) -> Account:
    """The account behind e-mail and password; each failure counts toward its lock-out, as at the sign-in page."""
    asked = _bare(request)
    account = authenticate(asked, email=email, password=password)
    if isinstance(account, Account):
        return account
    if getattr(asked, "axes_locked_out", False):
        minutes = settings.AXES_COOLOFF_TIME.total_seconds() / 60
        closed = f"closed for {minutes:g} minutes; an administrator can open it sooner"
        raise Refused(ACTION, [f"After {settings.AXES_FAILURE_LIMIT} wrong passwords this account is {closed}."])
    raise Refused(ACTION, ["The second person's e-mail or password is not right."])


def _bare(request: HttpRequest | None) -> HttpRequest:
    """The request without its form: the count of failures must not keep what was typed about a patient.

    Nor is the whole page answered with the lock-out page, which would lose what the first person typed.
    """
    bare = HttpRequest()
    bare.method = "POST"
    bare.user = AnonymousUser()
    bare.META = {name: str(request.META[name]) for name in _SENT_BY if name in request.META} if request else {}
    bare.META["REMOTE_ADDR"] = bare.META.get("REMOTE_ADDR") or _THIS_MACHINE
    bare.path = bare.path_info = bare.META.get("PATH_INFO", "")
    return bare


def _one_of(roles: Collection[str]) -> str:
    return "a " + " or ".join(str(role) for role in roles)


def _not_in_role(account: Account, roles: Collection[str]) -> str:
    return f"The second person must be {_one_of(roles)} of this clinic; {account} is not."


def _tell(actor: Actor, second: Actor, **detail: object) -> None:
    audit.record(
        Happening(
            "second_person",
            account_id=second.account_id,
            clinic_id=actor.clinic_id,
            subject_type="account",
            subject_id=str(second.account_id),
            detail={"beside": str(actor.account_id), **detail},
        )
    )
