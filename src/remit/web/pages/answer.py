"""Answering a scale by link, on a phone: one question a screen, without a password and without a script.

Whoever has the link has the right: its token cannot be guessed, so a forged form (CSRF) could not name its address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from remit.acts import answering, links
from remit.acts.actors import Refused
from remit.acts.answering import Answering
from remit.acts.assessments import Given
from remit.acts.clock import now
from remit.quantities import BadInput
from remit.web import kept_answers
from remit.web.guard import anybody
from remit.web.kept_answers import Kept
from remit.web.sign_in import client_address

HEADERS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
ENDED = {
    "used": ("These answers have arrived", "They were sent from another device, or earlier. Nothing more is needed."),
    "expired": ("This link has expired", "Ask the clinic for a new one."),
    "revoked": ("This link was replaced or withdrawn", "Look for a newer message, or ask the clinic for a new one."),
    "unknown": (
        "There is no such link",
        "It may be cut off: copy the whole address from the message.",
    ),
    "often": ("This link was opened too often", "Wait for an hour, then open it again. Your answers are kept."),
}


@dataclass(slots=True)
class Visit:
    """One request of whoever holds a link: the link as it is now, and what this device kept."""

    request: HttpRequest
    token: str
    held: links.Held
    seen: Answering
    kept: Kept

    @property
    def length(self) -> int:
        """How many items the scale has."""
        return len(self.seen.wording.questions)

    @property
    def steps(self) -> int:
        """How many questions are asked: those that add nothing only after a problem was ticked."""
        any_problem = any(self.kept.answers.values())
        return self.length + (len(self.seen.wording.unscored) if any_problem else 0)

    def to(self, view: str, *args: Any) -> str:
        """The address of another screen of this link."""
        return reverse(view, args=[self.token, *args])

    def page(self, template: str, status: int = 200, **found: Any) -> HttpResponse:
        """A screen of this link."""
        everything = {"visit": self, "seen": self.seen, "kept": self.kept, "contacts": self.seen.contacts, **found}
        return render(self.request, template, everything, status=status)

    def keep(self, response: HttpResponse) -> HttpResponse:
        """The response, with the answers kept on this device."""
        path = self.to("link")
        kept_answers.write(response, self.request, self.token, path, self.kept, self.seen.expires_at)
        return response


Screen = Callable[..., HttpResponse]


def by_link(*, opens: bool = False) -> Callable[[Screen], Screen]:
    """For whoever holds a link that can still be answered; others see why not, and the crisis contact."""

    def decorate(screen: Screen) -> Screen:
        @csrf_exempt
        @anybody
        @wraps(screen)
        def guarded(request: HttpRequest, token: str, *args: Any, **options: Any) -> HttpResponse:
            response = _answer(screen, request, token, opens, args, options)
            for name, value in HEADERS.items():
                response[name] = value
            return response

        return guarded

    return decorate


def _answer(screen: Screen, request: HttpRequest, token: str, opens: bool, args: Any, options: Any) -> HttpResponse:
    held = links.holder(token)
    if links.too_often(held, client_address(request), now()):
        return _nowhere(request, "often", 429)
    if held is None:
        return _nowhere(request, "unknown", 404)
    look = answering.open_link if opens else answering.read_link
    seen = look(held.actor, held.link_id)
    visit = Visit(request, token, held, seen, kept_answers.read(request, token))
    with timezone.override(seen.clinic.zone):
        if seen.state == "open":
            return screen(visit, *args, **options)
        return _ended(visit)


def _ended(visit: Visit) -> HttpResponse:
    """The end: thanks where this device sent the answers, else why there is nothing to answer."""
    if visit.seen.state == "used" and visit.kept.sent:
        return visit.page("answer/thanks.html")
    title, words = ENDED[visit.seen.state]
    return visit.page("answer/ended.html", 200 if visit.seen.state == "used" else 410, title=title, words=words)


def _nowhere(request: HttpRequest, why: str, status: int) -> HttpResponse:
    title, words = ENDED[why]
    found = {"title": title, "words": words, "contacts": links.any_contacts()}
    return render(request, "answer/ended.html", found, status=status)


@require_safe
@by_link(opens=True)
def start(visit: Visit) -> HttpResponse:
    """Who asks, what, how far back it looks, and who reads it."""
    first_open = visit.kept.first_open(visit.length)
    begun = bool(visit.kept.answers)
    following = visit.to("link-question", first_open) if first_open else visit.to("link-review")
    return visit.page("answer/start.html", begun=begun, following=following)


@require_http_methods(["GET", "HEAD", "POST"])
@by_link()
def question(visit: Visit, n: int) -> HttpResponse:
    """One question. An answer leads to the next; one that alarms first to where help is."""
    if not 1 <= n <= visit.steps:
        return redirect(visit.to("link-review"))
    if visit.request.method != "POST":
        return _question(visit, n)
    try:
        alarmed = _take(visit, n, visit.request.POST.get("answer", ""))
    except BadInput as error:
        return _question(visit, n, refusal=str(error).partition(": ")[2])
    return visit.keep(redirect(_after(visit, n, alarmed)))


def _question(visit: Visit, n: int, refusal: str = "") -> HttpResponse:
    scored = n <= visit.length
    wording = visit.seen.wording
    unscored = None if scored else wording.unscored[n - visit.length - 1]
    options = wording.answers if unscored is None else unscored.answers
    found = {
        "n": n,
        "text": wording.questions[n - 1].text if unscored is None else unscored.text,
        "stem": wording.stem if unscored is None else "",
        "options": [(str(at), option.text) for at, option in enumerate(options)],
        "chosen": _chosen(visit, n),
        "left_out": scored and n in visit.kept.answers and visit.kept.answers[n] is None,
        "back": visit.to("link-question", n - 1) if n > 1 else visit.to("link"),
        "from_review": "review" in visit.request.GET,
        "refusal": refusal,
    }
    return visit.page("answer/question.html", 422 if refusal else 200, **found)


def _chosen(visit: Visit, n: int) -> str:
    """The place of the answer that was given before; empty where none was."""
    wording = visit.seen.wording
    if n <= visit.length:
        scores = [option.score for option in wording.answers]
        held = visit.kept.answers.get(n)
        return str(scores.index(held)) if held in scores else ""
    asked = wording.unscored[n - visit.length - 1]
    texts = [option.text for option in asked.answers]
    said = visit.kept.unscored.get(asked.id)
    return str(texts.index(said)) if said in texts else ""


def _take(visit: Visit, n: int, said: str) -> bool:
    """Take an answer in; true where it alarms, and the person on call is being told."""
    wording = visit.seen.wording
    asked = wording.unscored[n - visit.length - 1] if n > visit.length else None
    options = wording.answers if asked is None else asked.answers
    if said != "skip" and said not in [str(at) for at in range(len(options))]:
        raise BadInput("answer: choose one of the answers, or leave the question out")
    chosen = None if said == "skip" else options[int(said)]
    if asked is not None:
        visit.kept.unscored.pop(asked.id, None)
        if chosen is not None:
            visit.kept.unscored[asked.id] = chosen.text
        return False
    visit.kept.answers[n] = chosen.score if chosen else None
    if not visit.seen.alarms(n, visit.kept.answers[n]):
        return False
    answering.warn_by_link(visit.held.actor, visit.held.link_id, visit.kept.in_order(visit.length))
    return True


def _after(visit: Visit, n: int, alarmed: bool) -> str:
    if alarmed:
        return visit.to("link-help")
    if "review" in visit.request.POST or n >= visit.steps:
        return visit.to("link-review")
    return visit.to("link-question", n + 1)


@require_safe
@by_link()
def help_now(visit: Visit) -> HttpResponse:
    """After an answer that alarms: who can be called now, and whether somebody of the clinic reads it now."""
    first_open = visit.kept.first_open(visit.length)
    if first_open is None and visit.steps > visit.length and not visit.kept.unscored:
        first_open = visit.length + 1
    following = visit.to("link-question", first_open) if first_open else visit.to("link-review")
    return visit.page("answer/help.html", following=following)


@require_safe
@by_link()
def review(visit: Visit) -> HttpResponse:
    """Everything that was answered, before it is sent."""
    return _review(visit)


def _review(visit: Visit, refusal: str = "") -> HttpResponse:
    wording = visit.seen.wording
    texts = {option.score: option.text for option in wording.answers}
    rows = [
        (n, held.text, texts.get(visit.kept.answers.get(n)) if visit.kept.answers.get(n) is not None else "")
        for n, held in enumerate(wording.questions, start=1)
    ]
    if visit.steps > visit.length:
        rows += [
            (visit.length + at, held.text, visit.kept.unscored.get(held.id, ""))
            for at, held in enumerate(wording.unscored, start=1)
        ]
    missing = sum(not answer for _, _, answer in rows)
    found = {"rows": rows, "missing": missing, "back": visit.to("link-question", visit.steps), "refusal": refusal}
    return visit.page("answer/review.html", 422 if refusal else 200, **found)


@require_POST
@by_link()
def send(visit: Visit) -> HttpResponse:
    """Send the answers, once."""
    given = Given(visit.kept.in_order(visit.length), unscored=visit.kept.unscored)
    try:
        answering.submit_by_link(visit.held.actor, visit.held.link_id, given)
    except BadInput:
        return _review(visit, "Answer at least one question, then send.")
    except Refused:
        # It expired or was withdrawn while this page was open: the first page says so.
        return redirect(visit.to("link"))
    visit.kept = Kept(sent=True)
    return visit.keep(redirect(visit.to("link")))


urlpatterns = [
    path("s/<slug:token>/", start, name="link"),
    path("s/<slug:token>/<int:n>/", question, name="link-question"),
    path("s/<slug:token>/help/", help_now, name="link-help"),
    path("s/<slug:token>/review/", review, name="link-review"),
    path("s/<slug:token>/send/", send, name="link-send"),
]
