"""Two sets of guardrails as one: whichever is stricter (pure)."""

from typing import Final

from rtb.ad import Guardrails, PersonalData

NOWHERE: Final = "(nowhere)"  # no domain: an allow list of it allows nothing
NO_POSITION: Final = -1


def combine(outer: Guardrails, inner: Guardrails) -> Guardrails:
    """The guardrails of a campaign and of its line item: a place must pass both.

    Allow lists of different kinds (sites there, apps here) leave nothing: that is stricter than
    need be for a publisher on an allowed site, and never laxer.
    """
    domains, bundles, publishers = _allowed(outer, inner)
    return Guardrails(
        allow_domains=domains,
        allow_bundles=bundles,
        allow_publishers=publishers,
        block_domains=outer.block_domains | inner.block_domains,
        block_bundles=outer.block_bundles | inner.block_bundles,
        block_publishers=outer.block_publishers | inner.block_publishers,
        block_categories=outer.block_categories | inner.block_categories,
        block_keywords=outer.block_keywords | inner.block_keywords,
        positions=_positions(outer.positions, inner.positions),
        personal_data=_stricter(outer.personal_data, inner.personal_data),
        complete_chain=outer.complete_chain or inner.complete_chain,
        max_hops=_fewer(outer.max_hops, inner.max_hops),
        allow_rewarded=outer.allow_rewarded and inner.allow_rewarded,
    )


Words = frozenset[str]


def _allowed(outer: Guardrails, inner: Guardrails) -> tuple[Words, Words, Words]:
    theirs = (outer.allow_domains, outer.allow_bundles, outer.allow_publishers)
    ours = (inner.allow_domains, inner.allow_bundles, inner.allow_publishers)
    if not any(theirs):
        return ours
    if not any(ours):
        return theirs
    domains = _within(theirs[0], ours[0]) | _within(ours[0], theirs[0])
    bundles, publishers = theirs[1] & ours[1], theirs[2] & ours[2]
    if not (domains or bundles or publishers):
        domains = frozenset({NOWHERE})
    return domains, bundles, publishers


def _within(domains: Words, parents: Words) -> Words:
    """The domains that are, or are below, one of the others."""
    return frozenset(domain for domain in domains if _and_above(domain) & parents)


def _and_above(domain: str) -> set[str]:
    parts = domain.split(".")
    return {".".join(parts[start:]) for start in range(len(parts))}


def _positions(outer: frozenset[int], inner: frozenset[int]) -> frozenset[int]:
    if not (outer and inner):
        return outer | inner
    return outer & inner or frozenset({NO_POSITION})


def _stricter(outer: PersonalData, inner: PersonalData) -> PersonalData:
    return PersonalData.NO_BID if PersonalData.NO_BID in (outer, inner) else inner


def _fewer(outer: int, inner: int) -> int:
    """0 is any number."""
    return min(outer, inner) if outer and inner else outer or inner
