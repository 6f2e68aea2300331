"""Every link of the documentation leads somewhere."""

import pytest

from tools import links


@pytest.mark.parametrize("page", links.pages(links.ROOT), ids=lambda page: page.relative_to(links.ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page):
    assert links.broken(page) == []


def test_the_readme_and_the_pathway_are_among_the_pages():
    names = {page.relative_to(links.ROOT).as_posix() for page in links.pages(links.ROOT)}
    assert {"README.md", "docs/pathway.md", "docs/clinical/hazards.md"} <= names
