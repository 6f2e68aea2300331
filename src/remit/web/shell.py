"""What surrounds every page: who is signed in and where, the pages they may open, day or dark."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from remit.acts.actors import Actor
from remit.acts.core import ACTS
from remit.acts.signin import Standing
from remit.web.navigation import LINKS, Entry
from remit.web.request import Arriving

THEMES = ("day", "dark")
THEME_COOKIE = "remit_theme"


@dataclass(frozen=True, slots=True)
class Link:
    """One page in the navigation."""

    words: str
    href: str
    current: bool
    tally: str = ""


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of a page; without an account where nobody is signed in."""

    theme: str = "day"
    account: str = ""
    email: str = ""
    roles: str = ""
    clinic: str = ""
    synthetic: bool = False
    idle_minutes: float = 0
    nav: tuple[Link, ...] = ()
    clinics: tuple[tuple[str, str], ...] = field(default=())


def context(request: Arriving) -> dict[str, Any]:
    """The context processor: `shell` in every template."""
    return {"shell": _shell(request)}


def theme(request: Arriving) -> str:
    """Day or dark, as this device was left."""
    held = request.COOKIES.get(THEME_COOKIE, "")
    return held if held in THEMES else THEMES[0]


def _shell(request: Arriving) -> Shell:
    standing: Standing | None = getattr(request, "standing", None)
    if standing is None or getattr(request, "locked", False):
        return Shell(theme=theme(request))
    return Shell(
        theme=theme(request),
        account=standing.actor.name,
        email=standing.email,
        roles=", ".join(standing.role_words),
        clinic=standing.clinic_name,
        synthetic=standing.synthetic,
        idle_minutes=standing.idle_minutes,
        nav=tuple(_links(standing.actor, request.path)),
        clinics=standing.other_clinics,
    )


def _links(actor: Actor, path: str) -> list[Link]:
    """The pages whose act this person may do."""
    found = []
    for entry in LINKS:
        if ACTS[entry.act].allows(actor):
            href = reverse(entry.view)
            found.append(Link(entry.words, href, path.startswith(href), _tally(actor, entry)))
    return found


def _tally(actor: Actor, entry: Entry) -> str:
    """How much waits on a page; nothing where nothing does."""
    return str(ACTS[entry.tally].call(actor) or "") if entry.tally else ""
