"""The pages of signing in: allauth's, each behind a rule, the first password by a code, and the demo's one press."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from remit.acts import invitations, signin
from remit.quantities import BadInput
from remit.web.guard import anybody, signed_in
from remit.web.pages.frame import back
from remit.web.request import Request
from remit.web.sign_in import client_address

BACKEND = "remit.web.sign_in.Backend"


class LoginView(account.LoginView):
    """The sign-in page; in the demo it offers the synthetic clinic's accounts."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context_data(**kwargs)
        if settings.DEMO:
            found |= {
                "demo_accounts": signin.demo_accounts(),
                "demo_password": signin.DEMO_CONFIRMS_WITH,
                "next_page": self.request.GET.get("next", ""),
            }
        return found


class FirstPasswordForm(forms.Form):
    """E-mail, the code, and the new password twice."""

    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    code = forms.CharField(label="Code", widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}))
    password = forms.CharField(
        label="New password",
        help_text="At least 12 signs; a sentence that only you would write is easiest.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="The same once more", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        held = super().clean() or {}
        if held.get("password") != held.get("again"):
            self.add_error("again", "The two passwords differ.")
        return held


@require_http_methods(["GET", "POST"])
def first_password(request: Request) -> HttpResponse:
    """Set the first password with the code that an administrator gave."""
    form = FirstPasswordForm(request.POST or None, initial={"email": request.GET.get("email", "")})
    if form.is_valid() and _set_password(request, form):
        messages.success(request, "The password is set. Sign in with it.")
        return redirect("account_login")
    return render(request, "sign_in/first_password.html", {"form": form}, status=422 if form.errors else 200)


def _set_password(request: Request, form: FirstPasswordForm) -> bool:
    held = form.cleaned_data
    try:
        invitations.accept(held["email"], held["code"], held["password"], client_address(request))
    except ValidationError as error:
        form.add_error("password", error)
    except BadInput as error:
        form.add_error("code", str(error))
    return not form.errors


@require_POST
def demo_sign_in(request: Request) -> HttpResponse:
    """Sign in as one of the synthetic clinic's people; this address exists in the demo only."""
    person = signin.demo_account(request.POST.get("account", ""))
    if person is None:
        raise Http404
    login(request, person, backend=BACKEND)
    return redirect(back(request))


urlpatterns = [
    path("accounts/login/", anybody(LoginView.as_view()), name="account_login"),
    path("accounts/logout/", anybody(account.logout), name="account_logout"),
    path("accounts/signup/", anybody(account.signup), name="account_signup"),
    path("accounts/inactive/", anybody(account.account_inactive), name="account_inactive"),
    path("accounts/first-password/", anybody(first_password), name="first-password"),
    path("accounts/confirm/", signed_in(account.reauthenticate), name="account_reauthenticate"),
    path("accounts/password/", signed_in(account.password_change), name="account_change_password"),
    path("accounts/factor/", signed_in(mfa.index), name="mfa_index"),
    path("accounts/factor/enter/", anybody(mfa.authenticate), name="mfa_authenticate"),
    path("accounts/factor/confirm/", signed_in(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("accounts/factor/app/add/", signed_in(totp.activate_totp), name="mfa_activate_totp"),
    path("accounts/factor/app/remove/", signed_in(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("accounts/factor/codes/", signed_in(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "accounts/factor/codes/new/",
        signed_in(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "accounts/factor/codes/file/",
        signed_in(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("accounts/factor/keys/", signed_in(webauthn.list_webauthn), name="mfa_list_webauthn"),
    path("accounts/factor/keys/add/", signed_in(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path(
        "accounts/factor/keys/confirm/", signed_in(webauthn.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"
    ),
    path("accounts/factor/keys/<int:pk>/remove/", signed_in(webauthn.remove_webauthn), name="mfa_remove_webauthn"),
    path("accounts/factor/keys/<int:pk>/name/", signed_in(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
]
if settings.DEMO:
    urlpatterns.append(path("accounts/demo/", anybody(demo_sign_in), name="demo-sign-in"))
