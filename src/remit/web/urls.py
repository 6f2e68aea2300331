"""Every address of Django: what each page's module in `remit.web.pages` brings."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from django.urls import URLPattern, URLResolver

from remit.web import pages

urlpatterns: list[URLPattern | URLResolver] = [
    pattern
    for name in sorted(found.name for found in pkgutil.iter_modules(pages.__path__))
    for pattern in import_module(f"{pages.__name__}.{name}").urlpatterns
]

handler400 = "remit.web.errors.bad_request"
handler403 = "remit.web.errors.forbidden"
handler404 = "remit.web.errors.not_found"
handler500 = "remit.web.errors.failed"
