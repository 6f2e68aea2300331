"""The settings of the tests: the real ones, with a data folder of their own and quick password hashes."""

from __future__ import annotations

import os
import tempfile

_data = tempfile.TemporaryDirectory(prefix="remit-tests-")
os.environ["REMIT_DATA"] = _data.name
# Playwright's synchronous calls run beside an event loop, where Django would refuse to touch the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# Threads that wait for matrices of 16 rows cost many times what the matrices do.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from remit.server.settings import *  # noqa: E402, F403
from remit.server.settings import DATABASES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
# Looked for when asked for: a client of the tests would otherwise list every file at each request.
WHITENOISE_AUTOREFRESH = True

DATABASES["default"]["CONN_MAX_AGE"] = 0
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in a clinic: a database in memory could not be shared with the served application.
    DATABASES["default"]["TEST"] = {"NAME": f"{_data.name}/tests.sqlite3"}
