"""Citations by key."""

import pytest

from remit.knowledge.sources import citation, citations
from remit.quantities import BadInput


def test_a_key_leads_to_its_citation():
    cited = citation("KADS_2023")
    assert cited.key == "KADS_2023"
    assert "10.1192/bjp.2023.79" in cited.locator
    assert str(cited).endswith(cited.locator)


def test_an_unknown_key_is_refused_with_the_nearest_ones():
    with pytest.raises(BadInput, match="KADS_2023"):
        citation("KADS_2024")


def test_every_citation_says_who_when_where_and_what_was_read():
    assert all(all((c.citation, c.year, c.locator, c.seen)) for c in citations().values())
