"""`remit check` says for each thing whether a clinic may be served, and why not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as installed
from django.db import connection

from remit.acts import audit, people
from remit.acts.actors import actor_for
from remit.records import checks
from remit.records.models import Membership
from remit.server.check import Line, check
from remit.server.environment import KEY_FILE, make_secret
from tests.fixtures.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def fit(cast: Cast, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An installation in which nothing is wrong."""
    for name in ("REMIT_SECRET_KEY", "DJANGO_ALLOW_ASYNC_UNSAFE"):
        monkeypatch.delenv(name, raising=False)
    # The tests' own PostgreSQL is quick and forgetful.
    monkeypatch.delitem(checks._POSTGRESQL_SETTINGS, "fsync")
    tmp_path.chmod(0o700)
    make_secret(tmp_path)
    settings.DATA_DIR = tmp_path
    settings.REMIT_ANCHOR = tmp_path / "audit.anchor"
    settings.INSTALLATION = replace(
        installed.INSTALLATION, data_dir=tmp_path, https=True, allowed_hosts=("clinic.example",), loopback=False
    )
    settings.ALLOWED_HOSTS = ["clinic.example"]
    settings.SECRET_KEY = (tmp_path / KEY_FILE).read_text().strip()
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 1000
    Membership.objects.create(account=cast.other_nurse, clinic=cast.other_clinic, role="administrator")
    return settings


def line(name: str) -> Line:
    found = [one for one in check() if one.name == name]
    return next((one for one in found if one.failed), found[0])


def test_every_line_is_fine_or_a_note_in_a_fit_installation(fit: Any) -> None:
    lines = check()
    assert [one for one in lines if one.failed] == []
    assert {"settings", "data folder", "database", "knowledge", "audit anchor", "clinic"} <= {one.name for one in lines}
    assert all(one.words for one in lines)


def test_the_alert_channel_is_a_note_until_it_is_proven(fit: Any) -> None:
    assert line("alert channel").verdict == "note"
    fit.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert "REMIT_SMTP_URL" in line("alert channel").words


def test_the_demo_is_no_clinic(fit: Any, cast: Cast) -> None:
    fit.DEMO = True
    assert "REMIT_DEMO" in line("settings").words
    fit.DEMO = False
    cast.clinic.synthetic = True
    cast.clinic.save()
    assert "synthetic" in line("clinic").words


def test_a_missing_secret_key_fails(fit: Any) -> None:
    (fit.DATA_DIR / KEY_FILE).unlink()
    assert "secret key" in line("settings").words


def test_https_needs_a_host_and_plain_http_is_for_this_machine_alone(fit: Any) -> None:
    fit.INSTALLATION = replace(fit.INSTALLATION, allowed_hosts=())
    assert "--hosts" in line("settings").words
    fit.INSTALLATION = replace(fit.INSTALLATION, https=False, loopback=True, allowed_hosts=("clinic.example",))
    assert "this machine alone" in line("settings").words


def test_a_cookie_that_would_go_without_tls_fails(fit: Any) -> None:
    fit.SESSION_COOKIE_SECURE = False
    assert line("settings").failed


@pytest.mark.parametrize(("mode", "fails"), [(0o700, False), (0o710, True), (0o704, True)])
def test_a_folder_that_others_may_enter_fails(fit: Any, mode: int, fails: bool) -> None:
    fit.DATA_DIR.chmod(mode)
    assert line("data folder").failed is fails
    fit.DATA_DIR.chmod(0o700)


def test_a_key_that_others_may_read_fails(fit: Any) -> None:
    (fit.DATA_DIR / KEY_FILE).chmod(0o640)
    assert f"chmod 600 {fit.DATA_DIR / KEY_FILE}" in line("data folder").words


def test_a_missing_folder_names_init(fit: Any, tmp_path: Path) -> None:
    fit.DATA_DIR = tmp_path / "none"
    assert "remit init" in line("data folder").words


def test_a_missing_wall_fails(fit: Any) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' LIMIT 1")
            cursor.execute(f'DROP TRIGGER "{cursor.fetchone()[0]}"')
        else:
            cursor.execute("SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal LIMIT 1")
            name, table = cursor.fetchone()
            cursor.execute(f'DROP TRIGGER "{name}" ON {table}')
    assert "missing" in line("database").words


def test_an_anchored_row_that_is_not_in_the_database_fails(fit: Any, cast: Cast) -> None:
    people.list_people(actor_for(cast.administrator.pk, cast.clinic.pk))
    audit.anchor().advance(audit.Head(99, "f" * 64))
    assert "row 99" in line("audit anchor").words


def test_a_clinic_without_an_administrator_fails(fit: Any, cast: Cast) -> None:
    Membership.objects.filter(role="administrator", clinic=cast.clinic).update(active=False)
    assert line("clinic").words == "Harbour Clinic has no administrator"


def test_an_installation_without_a_clinic_names_init(fit: Any, db: None) -> None:
    from remit.records.models import Clinic

    assert Clinic.objects.exists()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Clinic, "objects", Clinic.objects.none())
        assert "remit init" in line("clinic").words
