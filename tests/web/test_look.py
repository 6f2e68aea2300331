"""The look keeps its promises: contrast in both grounds, four type sizes, pinned front-end files, no inline code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "src" / "remit" / "web"
STATIC = WEB / "static"
TOKENS = (STATIC / "remit" / "tokens.css").read_text(encoding="utf-8")
GROUNDS = ("ground", "raised", "sunken")
SIZES = {"--small": "0.8125rem", "--text": "1rem", "--large": "1.25rem", "--huge": "1.75rem"}


def palette(theme: str) -> dict[str, str]:
    day, dark = TOKENS.split('[data-theme="dark"]')
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", day if theme == "day" else dark))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["day", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize(
    ("name", "least"),
    [("ink", 7), ("amber", 7), ("red", 7), ("done", 7), ("ink-2", 4.5), ("accent", 4.5), ("line-strong", 3),
     ("amber-fill", 3), ("red-fill", 3), ("focus", 3)],
)  # fmt: skip
def test_words_and_numbers_stand_out_from_their_ground(theme: str, ground: str, name: str, least: float) -> None:
    colours = palette(theme)
    assert contrast(colours[name], colours[ground]) >= least


@pytest.mark.parametrize("theme", ["day", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"), [("amber", "amber-soft"), ("red", "red-soft"), ("ink", "accent-soft"), ("on-accent", "accent")]
)
def test_words_in_notices_and_buttons_stand_out(theme: str, ink: str, ground: str) -> None:
    colours = palette(theme)
    assert contrast(colours[ink], colours[ground]) >= 4.5


APART = ("tokens.css", "print.css", "charts.css")
"""The palette itself, paper, and drawings, which are measured in their own units and carried away as files."""
SHEETS = sorted(path for path in (STATIC / "remit").glob("*.css") if path.name not in APART)
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))


def in_templates(path: Path) -> str:
    return path.relative_to(WEB / "templates").as_posix()


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_there_are_four_type_sizes_and_no_other(sheet: Path) -> None:
    assert {name: size for name, size in re.findall(r"(--\w+): ([\d.]+rem)", TOKENS) if name in SIZES} == SIZES
    text = sheet.read_text(encoding="utf-8")
    named = re.findall(r"font-size:\s*([^;}]+)", text) + re.findall(
        r"font:\s*[^;]*?(var\(--\w+\)|[\d.]+(?:px|rem|em))", text
    )
    strange = [
        size for size in named if not re.fullmatch(r"var\(--(small|text|large|huge)\)|max\(0\.8125rem, 0\.8em\)", size)
    ]
    assert not strange


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_colours_come_from_the_palette(sheet: Path) -> None:
    """Shadows of what is modal and the white behind a QR code are the only exceptions."""
    text = re.sub(r"/\*.*?\*/|box-shadow:[^;]+;|\.qr \{[^}]+\}", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.findall(r":[^;{}]*(#[0-9a-fA-F]{3,8}\b|rgba?\([^)]*\)|\bhsl)", text)


def test_the_front_end_files_are_of_the_versions_that_the_table_names() -> None:
    table = (STATIC / "vendor" / "README.md").read_text(encoding="utf-8")
    assert "2.0.11" in table
    assert 'version:"2.0.11"' in (STATIC / "vendor" / "htmx" / "htmx.min.js").read_text(encoding="utf-8")
    for folder in (path for path in (STATIC / "vendor").iterdir() if path.is_dir()):
        assert (folder / "LICENSE").is_file(), folder.name
        assert f"`{folder.name}/`" in table


@pytest.mark.parametrize("template", TEMPLATES, ids=in_templates)
def test_no_page_holds_code_or_styles_that_the_policy_would_refuse(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    plain = re.sub(r"\{%.*?%\}", "", text)
    assert not re.findall(r"<[^>]*\son[a-z]+\s*=", plain)
    assert not re.findall(r"<[^>]*\sstyle\s*=", plain)
    assert "javascript:" not in text
    for tag in re.findall(r"<(?:script|style)\b[^>]*>", text):
        assert re.search(r'\bsrc=|type="application/json"|nonce="\{\{ CSP_NONCE \}\}"', tag), tag
    assert "hx-on" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")


@pytest.mark.parametrize("template", TEMPLATES, ids=in_templates)
def test_pages_do_not_shout_or_beg(template: Path) -> None:
    words = re.sub(r"\{[%#{].*?[%#}]\}|<!--.*?-->|<!doctype html>|<[^>]+>", " ", template.read_text(encoding="utf-8"))
    assert "!" not in words
    assert not re.search(r"\bplease\b", words, re.IGNORECASE)


def test_the_axe_of_the_tests_is_the_one_that_was_vendored() -> None:
    axe = Path(__file__).parents[1] / "vendor" / "axe.min.js"
    assert "axe v4.14.1" in axe.read_text(encoding="utf-8")[:200]
    assert axe.with_name("axe.LICENSE").is_file()
