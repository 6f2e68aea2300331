"""What the environment says is read in one place, and what it cannot mean is refused by name."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from remit.quantities import BadInput
from remit.server.environment import installation, make_secret


def test_without_any_variable_it_is_a_closed_installation(tmp_path: Path) -> None:
    held = installation({"REMIT_DATA": str(tmp_path)})
    assert (held.https, held.loopback, held.demo, held.allowed_hosts, held.mail) == (False, False, False, (), None)


def test_no_secret_key_is_ever_the_same_for_two_installations(tmp_path: Path) -> None:
    keys = {installation({"REMIT_DATA": str(tmp_path)}).secret_key for _ in range(3)}
    assert len(keys) == 3
    assert all(len(key) > 50 for key in keys)


def test_a_made_key_stays_and_is_its_owners_alone(tmp_path: Path) -> None:
    kept = make_secret(tmp_path)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    first = installation({"REMIT_DATA": str(tmp_path)}).secret_key
    assert make_secret(tmp_path) == kept
    assert installation({"REMIT_DATA": str(tmp_path)}).secret_key == first
    assert installation({"REMIT_DATA": str(tmp_path), "REMIT_SECRET_KEY": "given"}).secret_key == "given"


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtp+tls://nora:p%40ss@mail.example:2525", 2525, True, False),
        ("smtps://mail.example", 465, False, True),
    ],
)
def test_a_mail_server_is_one_address(url: str, port: int, starttls: bool, tls: bool) -> None:
    mail = installation({"REMIT_SMTP_URL": url}).mail
    assert mail is not None
    assert (mail.host, mail.port, mail.starttls, mail.tls) == ("mail.example", port, starttls, tls)
    assert mail.password == ("p@ss" if "nora" in url else "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REMIT_SMTP_URL", "mail.example"),
        ("REMIT_SMTP_URL", "http://mail.example"),
        ("REMIT_HTTPS", "perhaps"),
        ("REMIT_TRUSTED_PROXY", "proxy.example"),
    ],
)
def test_a_variable_that_cannot_be_read_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=name):
        installation({name: value})


def test_hosts_are_a_list_with_commas() -> None:
    assert installation({"REMIT_HOSTS": "a.example, b.example,"}).allowed_hosts == ("a.example", "b.example")
