"""The pages as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, static files and the tags that pages share."""

    name = "remit.web"
    label = "web"
    verbose_name = "Pages"

    def ready(self) -> None:
        from remit.acts.core import load_acts
        from remit.web import events

        load_acts()
        events.listen()
