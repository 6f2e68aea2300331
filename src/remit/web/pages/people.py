"""People: who works here, in which roles, and how they come in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from remit.acts import mail, people
from remit.acts.actors import Refused
from remit.acts.people import Invited, Person
from remit.quantities import BadInput
from remit.web.guard import opens
from remit.web.refusals import said
from remit.web.request import Request

ROLE_WORDS = {
    "prescriber": "decides who is treated with what, orders, overrides",
    "nurse": "runs the chairs, records sessions, signs sheets",
    "therapist": "prepares, accompanies, integrates; enters in sessions",
    "coordinator": "registers patients, books series",
    "researcher": "reads what is de-identified",
    "administrator": "people, clinic settings, audit",
}


class RolesForm(forms.Form):
    """The roles of one person."""

    roles = forms.MultipleChoiceField(
        label="Roles",
        choices=[(role, role) for role in people.STAFF_ROLES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    lead = forms.BooleanField(
        label="Leads the clinic", required=False, help_text="The lead prescriber adopts unverified values."
    )


class InviteForm(RolesForm):
    """A new person."""

    name = forms.CharField(label="Name", max_length=120, required=False)
    email = forms.CharField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    phone = forms.CharField(label="Telephone", max_length=40, required=False)
    by_mail = forms.BooleanField(label="Send the code by e-mail", required=False)
    field_order = ("name", "email", "phone", "roles", "lead", "by_mail")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not mail.is_set():
            del self.fields["by_mail"]


@require_GET
def people_list(request: Request) -> HttpResponse:
    """Everybody who works here."""
    held = people.list_people(request.actor)
    wanted = request.GET.get("words", "")
    shown = [person for person in held if _holds(person, wanted)]
    found = {"people": shown, "total": len(held), "words": wanted, "roles_say": ROLE_WORDS}
    return render(request, "people/list.html", found)


@never_cache
@require_http_methods(["GET", "POST"])
def invite(request: Request) -> HttpResponse:
    """Add a person."""
    form = InviteForm(request.POST or None)
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as done:
            invited = people.invite_person(
                request.actor,
                held["email"],
                held["name"],
                held["roles"],
                lead=held["lead"],
                phone=held["phone"],
                by_mail=held.get("by_mail", False),
            )
        if done:
            return _code(request, invited)
    return render(
        request, "people/invite.html", {"form": form, "roles_say": ROLE_WORDS}, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
def person(request: Request, person_id: UUID) -> HttpResponse:
    """One person's roles."""
    held = people.show_person(request.actor, person_id)
    form = RolesForm(request.POST or None, initial={"roles": held.roles, "lead": held.lead})
    if form.is_valid():
        with said(form) as done:
            people.change_roles(request.actor, person_id, form.cleaned_data["roles"], lead=form.cleaned_data["lead"])
        if done:
            messages.success(request, f"{held.name}: roles changed.")
            return redirect("people")
    found = {"person": held, "form": form, "mail_is_set": mail.is_set(), "roles_say": ROLE_WORDS}
    return render(request, "people/person.html", found, status=422 if form.errors else 200)


@never_cache
@require_POST
def renew(request: Request, person_id: UUID) -> HttpResponse:
    """A new code for the first password."""
    try:
        invited = people.renew_code(request.actor, person_id, by_mail="by_mail" in request.POST)
    except Refused as refused:
        return _back(request, person_id, refused)
    return _code(request, invited)


@require_POST
def deactivate(request: Request, person_id: UUID) -> HttpResponse:
    """Take a person's roles away."""
    return _done(request, person_id, people.deactivate_person, "no longer works here.")


@require_POST
def open_again(request: Request, person_id: UUID) -> HttpResponse:
    """Let a locked-out person try again."""
    return _done(request, person_id, people.open_account, "may try to sign in again.")


@require_POST
def remove_factor(request: Request, person_id: UUID) -> HttpResponse:
    """Take a lost second factor away."""
    return _done(request, person_id, people.remove_second_factor, "signs in by password alone until a new one is set.")


def _done(request: Request, person_id: UUID, do: Callable[..., Any], words: str) -> HttpResponse:
    name = people.show_person(request.actor, person_id).name
    try:
        do(request.actor, person_id)
    except (Refused, BadInput) as refused:
        return _back(request, person_id, refused)
    messages.success(request, f"{name} {words}")
    return redirect("people")


def _back(request: Request, person_id: UUID, refused: Exception) -> HttpResponse:
    messages.error(request, str(refused))
    return redirect("person", person_id=person_id)


def _code(request: Request, invited: Invited) -> HttpResponse:
    return render(request, "people/code.html", {"invited": invited})


def _holds(one: Person, words: str) -> bool:
    text = f"{one.name} {one.email} {' '.join(one.roles)}".casefold()
    return all(word in text for word in words.casefold().split())


urlpatterns = [
    path("people/", opens("list_people")(people_list), name="people"),
    path("people/add/", opens("invite_person")(invite), name="invite-person"),
    path("people/<uuid:person_id>/", opens("change_roles")(person), name="person"),
    path("people/<uuid:person_id>/code/", opens("renew_code")(renew), name="renew-code"),
    path("people/<uuid:person_id>/deactivate/", opens("deactivate_person")(deactivate), name="deactivate-person"),
    path(
        "people/<uuid:person_id>/second-factor/remove/",
        opens("remove_second_factor")(remove_factor),
        name="remove-second-factor",
    ),
    path("people/<uuid:person_id>/open/", opens("open_account")(open_again), name="open-account"),
]
