"""TC strings: what counts as consent, and that nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtb.consent.tcf import NONE, Consent, consent
from tests.rtb.consent.strings import tc_string

US = 301


def test_it_finds_the_vendor_in_the_bit_field():
    assert consent(tc_string(vendors=[5, US]), US) == Consent(given=True)


def test_it_finds_the_vendor_in_a_range():
    assert consent(tc_string(vendor_ranges=[(1, 4), (300, 310)]), US).given


def test_it_reads_only_the_core_segment():
    assert consent(tc_string(vendors=[US]) + ".IAAA.YAAA", US).given


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA",  # the GPP specification's example: nobody
        tc_string(vendors=[US - 1, US + 1]),
        tc_string(vendor_ranges=[(1, 300), (302, 900)]),
        tc_string(vendors=[US], purposes=[1, 2]),
        tc_string(vendors=[US], purposes=[2, 7]),
        tc_string(vendors=[US], version=1),
        tc_string(vendors=[US], restrictions=[(2, 0, (300, 302))]),
        tc_string(vendors=[US], restrictions=[(7, 2, (US, US))]),
        tc_string(vendors=[US])[:-4],
        tc_string(vendors=[US]) + "!",
        tc_string(vendors=[US]) + "A" * 2_000,
    ],
)
def test_anything_less_is_no_consent(text: str):
    assert consent(text, US) == NONE


def test_a_restriction_that_asks_for_consent_or_concerns_others_changes_nothing():
    limits = [(2, 1, (US, US)), (2, 0, (1, 300)), (9, 0, (US, US))]
    assert consent(tc_string(vendors=[US], restrictions=limits), US).given


def test_precise_geo_needs_the_opt_in_to_special_feature_1():
    assert consent(tc_string(vendors=[US], features=[1]), US).precise_geo
    assert not consent(tc_string(vendors=[5], features=[1]), US).precise_geo


def test_no_vendor_id_of_ours_means_no_consent():
    assert consent(tc_string(vendors=[1, US]), 0) == NONE


def test_the_purposes_are_a_choice():
    assert consent(tc_string(vendors=[US], purposes=[1]), US, (1,)).given


@given(
    vendors=st.sets(st.integers(1, 900)),
    purposes=st.sets(st.integers(1, 24)),
    vendor=st.integers(1, 1_000),
)
def test_consent_is_what_was_written(vendors: set[int], purposes: set[int], vendor: int):
    given = vendor in vendors and {1, 2, 7} <= purposes
    assert consent(tc_string(vendors=vendors, purposes=purposes), vendor).given == given


@given(st.text(alphabet=st.characters(max_codepoint=0x2FF)) | st.from_regex(r"C[\w-]{20,300}"))
def test_no_string_makes_it_fail(text: str):
    assert isinstance(consent(text, US), Consent)


@given(cut=st.integers(1, 60))
def test_a_string_that_is_cut_short_is_no_consent(cut: int):
    text = tc_string(vendors=[US], restrictions=[(9, 0, (1, 2))])
    assert consent(text[: len(text) - cut], US) == NONE
