"""Names as they are searched: without accents, case or double spaces."""

from __future__ import annotations

import unicodedata


def search_name(*names: str) -> str:
    """Names in the one form under which they are stored and looked up.

    >>> search_name("Núñez  García", "ANA", "")
    'nunez garcia ana'
    """
    plain = unicodedata.normalize("NFKD", " ".join(names).casefold())
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).split())
