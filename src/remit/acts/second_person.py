"""The second person: another account of the clinic that agrees with its own password, on the same screen.

An account that has a second factor shows it here as well: the code of its app, or a recovery code.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_login_failed
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
    """An account that has just signed beside somebody else; only `confirm_second` makes one."""


def confirm_second(
    actor: Actor,
    email: str,
    password: str,
    roles: Collection[str],
    request: HttpRequest | None = None,
    *,
    code: str = "",
) -> SecondPerson:
    """The second person, once e-mail and password are right, it is another account, and it holds one of the roles here.

    `code` is asked of an account that has a second factor, and of no other. Call it before the act that needs the
    second person, never inside one: a failure must stay counted, and in the trail, though the act never comes about.
    Raises `Refused`, whose reason may be shown beside the field.
    """
    if is_under_way():
        raise RuntimeError("the second person is confirmed before the act, so that a failure stays counted")
    email = email.strip().lower()
    if not email or not password:
        raise Refused(ACTION, ["The second person's own e-mail and password are needed."])
    _refuse_oneself(actor, email)
    account, factor = _signed(email, password, code, request)
    second = actor_for(account.pk, actor.here)
    if second.account_id == actor.account_id:
        raise Refused(ACTION, [_ANOTHER])
    if not second.is_a(*roles):
        _tell(actor, second, refused=[_not_in_role(account, roles)])
        raise Refused(ACTION, [_not_in_role(account, roles)])
    _tell(actor, second, **({"second_factor": factor} if factor else {}))
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


def _signed(email: str, password: str, code: str, request: HttpRequest | None) -> tuple[Account, str]:
    """The account behind e-mail, password and code; each failure counts toward its lock-out, as at the sign-in page."""
    asked = _bare(request)
    account = authenticate(asked, email=email, password=password)
    if not isinstance(account, Account):
        raise Refused(ACTION, [_wrong(asked, "The second person's e-mail or password is not right.")])
    return account, _factor(account, code, asked)


def _factor(account: Account, code: str, asked: HttpRequest) -> str:
    """Which second factor the account has shown; empty for an account that has none."""
    from allauth.mfa.models import Authenticator

    kinds = Authenticator.Type
    held = list(Authenticator.objects.filter(user=account).order_by("-type"))
    if all(one.type == kinds.RECOVERY_CODES for one in held):
        return ""
    if not code.strip():
        raise Refused(ACTION, [_CODE_NEEDED])
    typed = [one for one in held if one.type != kinds.WEBAUTHN]
    shown = next((one for one in typed if one.wrap().validate_code(code[:_LONGEST_CODE])), None)
    if shown is None:
        user_login_failed.send(sender=__name__, credentials={"email": account.email}, request=asked)
        raise Refused(ACTION, [_wrong(asked, _CODE_WRONG)])
    shown.record_usage()
    return str(shown.type)


_CODE_NEEDED = (
    "This account has a second factor: a one-time code of its app is needed beside the password, or a recovery code."
)
_CODE_WRONG = (
    "The second person's one-time code is not right, or it was used before: wait for the next, or give a recovery code."
)
_LONGEST_CODE = 64


def _wrong(asked: HttpRequest, words: str) -> str:
    """What is said of a failure: that it was one, or that it closed the account."""
    if not getattr(asked, "axes_locked_out", False):
        return words
    minutes = settings.AXES_COOLOFF_TIME.total_seconds() / 60
    closed = f"closed for {minutes:g} minutes; an administrator can open it sooner"
    return f"After {settings.AXES_FAILURE_LIMIT} failures, of password or code, this account is {closed}."


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
