"""Codes by concept."""

import pytest

from remit.knowledge.terminology import code, codes, coding, local_system
from remit.pathway.sourced import Status
from remit.quantities import BadInput


def test_a_confirmed_code_is_sent_as_it_is():
    sent = coding("PHQ-9 total")
    assert (sent.system, sent.code) == ("http://loinc.org", "44261-6")


def test_a_code_seen_in_real_messages_counts_as_secondary():
    assert code("MDIL SpO2").status is Status.SECONDARY
    assert coding("MDIL SpO2").code == "0002-4bb8"


@pytest.mark.parametrize("concept", ["MADRS total", "Dissociation during session", "Treatment-resistant depression"])
def test_a_concept_without_a_code_gets_our_own_with_words(concept):
    sent = coding(concept)
    assert sent.system == local_system()
    assert sent.code
    assert sent.display == concept


def test_a_code_from_memory_is_not_sent():
    assert code("Vomiting (finding or substance)").code == "422400008"
    assert coding("Vomiting (finding or substance)").system == local_system()


def test_every_concept_can_be_sent_and_our_own_codes_are_unique():
    own = [coding(held.concept).code for held in codes().values() if not held.confirmed]
    assert len(own) == len(set(own))
    assert all(coding(held.concept).display for held in codes().values())


def test_an_unknown_concept_is_refused_with_the_nearest_ones():
    with pytest.raises(BadInput, match="phq_9_total"):
        code("PHQ-9 totl")
