"""How hard a text is to read, and what of a page a reader reads."""

from __future__ import annotations

import re
from html import unescape


def text(content: bytes) -> str:
    """A page without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", content.decode())))


def grade(words: str) -> float:
    """Flesch and Kincaid's grade: how many years of school a text asks for."""
    sentences = [one for one in re.split(r"[.:!?]+\s", words) if one.strip()]
    tokens = re.findall(r"[A-Za-z]+", words)
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e\b", "", token.lower())))) for token in tokens)
    return 0.39 * len(tokens) / len(sentences) + 11.8 * syllables / len(tokens) - 15.59
