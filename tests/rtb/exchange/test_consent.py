"""TCF strings that a consent tool could have written."""

import base64

import pytest

from rtb.consent.tcf import consent
from rtb.exchange.consent import VENDORS, tcf_string


def bits(text: str) -> str:
    padded = text + "=" * (-len(text) % 4)
    return "".join(f"{octet:08b}" for octet in base64.urlsafe_b64decode(padded))


def field(text: str, start: int, width: int) -> int:
    return int(bits(text)[start : start + width], 2)


def test_it_is_a_version_2_string_with_fields_at_the_places_of_the_specification():
    text = tcf_string(consented=True)
    assert field(text, 0, 6) == 2
    assert bits(text)[108:120] == "000100001101"  # EN
    assert field(text, 152, 10) == 0b1111111111  # purposes 1 to 10
    assert field(text, 162, 14) == 0
    assert field(text, 213, 16) == VENDORS
    assert field(text, 229, 1) == 1  # as ranges


def test_declining_consents_to_nothing():
    text = tcf_string(consented=False)
    assert field(text, 152, 24) == 0
    assert field(text, 213, 16) == 0


@pytest.mark.parametrize("vendor_id", [1, 800, VENDORS])
def test_the_bidder_reads_it_as_it_is_meant(vendor_id):
    assert consent(tcf_string(consented=True), vendor_id).given
    assert not consent(tcf_string(consented=True), VENDORS + 1).given
    assert not consent(tcf_string(consented=False), vendor_id).given
