"""The platform's own policies: each passes its tests, and says what it should of whole ads."""

import pytest

from rtb.policies import Policies
from rtb.policies.library import platform_sources
from rtb.rego.check import checked
from rtb.rego.sample import document


@pytest.mark.parametrize("name", platform_sources())
def test_each_passes_its_own_tests(name: str):
    found = checked(platform_sources()[name])
    assert found.problem == ""
    assert len(found.tests) >= 2


@pytest.mark.parametrize(
    ("changes", "policy"),
    [
        ({"creative": {"adomain": ""}}, "advertiser_domain"),
        ({"creative": {"landing_url": "http://acme.example"}}, "landing_page"),
        ({"creative": {"categories": ["IAB26-1"]}}, "unlawful"),
        ({"creative": {"categories": ["IAB8-5"]}}, "age"),
        ({"line_item": {"cpm": 250}}, "highest_bid"),
        ({"strategy": {"max_bid": 250}}, "highest_bid"),
    ],
)
def test_what_each_denies(changes: dict, policy: str):
    policies = Policies.compile(platform_sources())
    assert policies.decide(document()) == ()
    (denial,) = policies.decide(document(**changes))
    assert denial.policy == f"platform/{policy}"
