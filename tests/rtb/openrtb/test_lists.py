"""How categories and domains nest."""

import pytest

from rtb.openrtb.lists import domain_parents, prefixes


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("IAB25-3", ("IAB25-3", "IAB25")),
        ("IAB25", ("IAB25",)),
        (" iab7-39 ", ("IAB7-39", "IAB7")),
        ("483", ("483",)),
        ("a-b-c", ("A-B-C", "A-B", "A")),
    ],
)
def test_a_category_is_part_of_its_prefixes(category, expected):
    assert prefixes(category) == expected


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("a.b.co.uk", ("a.b.co.uk", "b.co.uk", "co.uk", "uk")),
        ("Shop.Example.", ("shop.example", "example")),
        ("localhost", ("localhost",)),
        ("", ()),
    ],
)
def test_a_domain_has_its_parents(domain, expected):
    assert domain_parents(domain) == expected
