"""Links in the documentation: which lead nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import links


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(links, "ROOT", tmp_path)
    (tmp_path / "there.md").write_text("# The gate\n")
    return tmp_path / "README.md"


@pytest.mark.parametrize(
    "link", ["there.md", "there.md#the-gate", "#here", "https://clinic.example/x", "mailto:a@clinic.example"]
)
def test_a_link_that_leads_somewhere_is_quiet(page: Path, link: str) -> None:
    page.write_text(f"# Here\nSee [this]({link}).\n")
    assert links.broken(page) == []


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("gone.md", "gone.md does not exist"),
        ("there.md#the-door", "there.md#the-door names no heading"),
        ("#nowhere", "#nowhere names no heading"),
    ],
)
def test_a_link_that_leads_nowhere_is_named(page: Path, link: str, why: str) -> None:
    page.write_text(f"# Here\nSee [this]({link}).\n")
    assert links.broken(page) == [f"README.md: {why}"]


def test_what_stands_in_a_code_block_is_no_link(page: Path) -> None:
    page.write_text("```\n[this](gone.md)\n```\n")
    assert links.broken(page) == []
