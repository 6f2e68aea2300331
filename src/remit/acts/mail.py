"""Mail: the alert channel and invitations. Without a server nothing is sent, and whoever asks is told so."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage

from remit.acts.invitations import Invitation

log = logging.getLogger(__name__)


def is_set() -> bool:
    """True where messages go somewhere: to a mail server, or in the demo to a folder."""
    return not settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")


def send(to: str, subject: str, body: str) -> str:
    """Send one message; the reason why it did not go, or nothing when it went."""
    if not is_set():
        return "no mail server is set (REMIT_SMTP_URL)"
    try:
        EmailMessage(subject, body, to=[to]).send()
    except (SMTPException, OSError) as error:
        log.warning("mail to one person did not go: %s", error)
        return str(error) or type(error).__name__
    return ""


def send_invitation(invitation: Invitation) -> bool:
    """Send a person the code for the first password."""
    body = (
        f"{invitation.name}, an account was made for you in Remit.\n\n"
        f'Open the sign-in page of your clinic, choose "set your password", and enter this code:\n\n'
        f"    {invitation.code}\n\nIt works once, until {invitation.until:%d %b %Y}.\n"
    )
    return not send(invitation.email, "Your code for Remit", body)
