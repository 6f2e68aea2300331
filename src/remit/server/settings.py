"""Django's settings, read from the environment."""

from __future__ import annotations

import os
from pathlib import Path

from remit.records.database import database

DATA_DIR = Path(os.environ.get("REMIT_DATA", "remit-data")).resolve()
SECRET_KEY = os.environ.get("REMIT_SECRET_KEY", "not-for-production")
DEBUG = False
ALLOWED_HOSTS: list[str] = []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "simple_history",
    "remit.records",
]
AUTH_USER_MODEL = "records.Account"
DATABASES = {"default": database(os.environ.get("DATABASE_URL"), DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
