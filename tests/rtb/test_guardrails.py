"""Guardrails of a campaign and of its line item together are never laxer than either."""

from hypothesis import given
from hypothesis import strategies as st

from rtb.ad import Guardrails, PersonalData
from rtb.guardrails import NO_POSITION, NOWHERE, combine

DOMAINS = ("a.example", "shop.a.example", "b.example", "x.shop.a.example")
SITES = st.frozensets(st.sampled_from(DOMAINS))
WORDS = st.frozensets(st.sampled_from(["1", "2", "3"]))
RAILS = st.builds(
    Guardrails,
    allow_domains=SITES,
    allow_bundles=WORDS,
    allow_publishers=WORDS,
    block_domains=SITES,
    positions=st.frozensets(st.integers(0, 3)),
    personal_data=st.sampled_from(PersonalData),
    max_hops=st.integers(0, 3),
    complete_chain=st.booleans(),
    allow_rewarded=st.booleans(),
)


def allows(rails, domain, bundle, publisher):
    if not (rails.allow_domains or rails.allow_bundles or rails.allow_publishers):
        return True
    at = any(domain == each or domain.endswith(f".{each}") for each in rails.allow_domains)
    return at or bundle in rails.allow_bundles or publisher in rails.allow_publishers


@given(RAILS, RAILS, st.sampled_from(DOMAINS), WORDS, WORDS)
def test_a_place_that_one_of_them_leaves_out_stays_out(outer, inner, domain, bundles, publishers):
    both = combine(outer, inner)
    for bundle in bundles or {""}:
        for publisher in publishers or {""}:
            place = (domain, bundle, publisher)
            if allows(both, *place):
                assert allows(outer, *place)
                assert allows(inner, *place)


@given(SITES, SITES, st.sampled_from(DOMAINS))
def test_a_site_that_both_allow_is_allowed(outer, inner, domain):
    rails = Guardrails(allow_domains=outer), Guardrails(allow_domains=inner)
    both = all(allows(each, domain, "", "") for each in rails)
    assert allows(combine(*rails), domain, "", "") == both


@given(RAILS, RAILS)
def test_the_rest_is_as_strict_as_the_stricter(outer, inner):
    both = combine(outer, inner)
    assert both.block_domains == outer.block_domains | inner.block_domains
    assert both.complete_chain == (outer.complete_chain or inner.complete_chain)
    assert both.allow_rewarded == (outer.allow_rewarded and inner.allow_rewarded)
    for each in (outer, inner):
        assert not each.max_hops or 0 < both.max_hops <= each.max_hops
        assert not each.positions or both.positions - {NO_POSITION} <= each.positions
        assert not each.positions or both.positions
        assert each.personal_data is not PersonalData.NO_BID or both.personal_data == "no_bid"


def test_lists_that_have_nothing_in_common_allow_nothing():
    sites, apps = (
        Guardrails(allow_domains=frozenset({"a.example"})),
        Guardrails(allow_bundles=frozenset({"com.app"})),
    )
    assert combine(sites, apps).allow_domains == {NOWHERE}
    assert combine(sites, Guardrails()).allow_domains == {"a.example"}
