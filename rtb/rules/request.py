"""Rules about the whole request: where, who sells it, who may advertise there (pure)."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from adserving import bits
from rtb.ad import Ad, Guardrails, PersonalData
from rtb.facts import Facts
from rtb.openrtb.lists import domain_parents, prefixes
from rtb.reasons import NoBid
from rtb.rules.sets import Memo, by_value, union, where

Rule = Callable[[Facts], int]  # the ads that it turns away
Builder = Callable[[Sequence[Ad]], Rule | None]  # None: no ad can ever break it

WORD: Final = re.compile(r"\w+")


def ssp_not_chosen(ads: Sequence[Ad]) -> Rule | None:
    chosen = by_value(ads, lambda ad: ad.strategy.ssp_ids)
    if not chosen:
        return None
    free = where(ads, lambda ad: not ad.strategy.ssp_ids)
    everyone = bits.first(len(ads))
    return lambda facts: everyone & ~(free | chosen.get(facts.ssp_id, 0))


def inventory_blocked(ads: Sequence[Ad]) -> Rule | None:
    domains = by_value(ads, lambda ad: ad.guardrails.block_domains)
    bundles = by_value(ads, lambda ad: ad.guardrails.block_bundles)
    publishers = by_value(ads, lambda ad: ad.guardrails.block_publishers)
    if not (domains or bundles or publishers):
        return None

    def answer(place: tuple[str, str, str]) -> int:
        domain, bundle, publisher = place
        return (
            union(domains, domain_parents(domain))
            | bundles.get(bundle, 0)
            | publishers.get(publisher, 0)
        )

    return _by_place(Memo(len(ads), answer))


def inventory_not_listed(ads: Sequence[Ad]) -> Rule | None:
    """An ad with allow lists appears where one of them says so, and nowhere else."""
    domains = by_value(ads, lambda ad: ad.guardrails.allow_domains)
    bundles = by_value(ads, lambda ad: ad.guardrails.allow_bundles)
    publishers = by_value(ads, lambda ad: ad.guardrails.allow_publishers)
    picky = where(ads, lambda ad: _allows(ad.guardrails))
    if not picky:
        return None

    def answer(place: tuple[str, str, str]) -> int:
        domain, bundle, publisher = place
        listed = (
            union(domains, domain_parents(domain))
            | bundles.get(bundle, 0)
            | publishers.get(publisher, 0)
        )
        return picky & ~listed

    return _by_place(Memo(len(ads), answer))


def brand_safety(ads: Sequence[Ad]) -> Rule | None:
    categories = by_value(ads, lambda ad: ad.guardrails.block_categories)
    keywords = by_value(ads, lambda ad: _folded(ad.guardrails.block_keywords))
    if not (categories or keywords):
        return None

    def unsafe(found: tuple[str, ...]) -> int:
        return union(categories, (prefix for each in found for prefix in prefixes(each)))

    remembered = Memo(len(ads), unsafe)
    if not keywords:
        return lambda facts: remembered(facts.categories)
    return lambda facts: remembered(facts.categories) | union(keywords, words_of(facts))


def privacy(ads: Sequence[Ad]) -> Rule | None:
    strict = where(ads, lambda ad: ad.guardrails.personal_data is PersonalData.NO_BID)
    return (lambda facts: 0 if facts.privacy.personal else strict) if strict else None


def supply_chain(ads: Sequence[Ad]) -> Rule | None:
    complete = where(ads, lambda ad: ad.guardrails.complete_chain)
    limits = by_value(ads, lambda ad: (ad.guardrails.max_hops,) if ad.guardrails.max_hops else ())
    if not (complete or limits):
        return None

    def answer(facts: Facts) -> int:
        too_long = union(limits, (limit for limit in limits if facts.hops > limit))
        return too_long | (0 if facts.is_chain_complete else complete)

    return answer


def advertiser_blocked(ads: Sequence[Ad]) -> Rule | None:
    """A domain in badv stands for itself and its subdomains."""
    domains = by_value(ads, lambda ad: domain_parents(ad.creative.adomain))
    memo: Memo[tuple[str, ...]] = Memo(len(ads), lambda blocked: union(domains, blocked))
    return lambda facts: memo(facts.blocked_advertisers) if facts.blocked_advertisers else 0


def category_blocked(ads: Sequence[Ad]) -> Rule | None:
    """By prefix and in the same taxonomy only (bcat); acat wants one prefix of every category."""
    taxonomies = by_value(ads, lambda ad: (ad.creative.attributes.cattax,))
    blocked = by_value(ads, lambda ad: {p for cat in _cat(ad) for p in prefixes(cat)})
    everyone = bits.first(len(ads))

    def answer(key: tuple[tuple[str, ...], tuple[str, ...], int]) -> int:
        forbidden, allowed, taxonomy = key
        same = taxonomies.get(taxonomy, 0)
        away = union(blocked, forbidden) & same
        if not allowed:
            return away
        within = where(ads, lambda ad: _within(_cat(ad), set(allowed)))
        return away | (everyone & ~(within & same))

    memo = Memo(len(ads), answer)

    def rule(facts: Facts) -> int:
        if not (facts.blocked_categories or facts.allowed_categories):
            return 0
        return memo((facts.blocked_categories, facts.allowed_categories, facts.category_taxonomy))

    return rule


def app_blocked(ads: Sequence[Ad]) -> Rule | None:
    bundles = by_value(ads, _bundle)
    return (lambda facts: union(bundles, facts.blocked_apps)) if bundles else None


def language(ads: Sequence[Ad]) -> Rule | None:
    """Of wlang and wlangb: the creative's language must be one of them; en-GB is one of en."""
    everyone = bits.first(len(ads))
    spoken = by_value(ads, lambda ad: _tags(ad.creative.attributes.language))
    memo: Memo[tuple[str, ...]] = Memo(
        len(ads), lambda wanted: everyone & ~union(spoken, map(str.lower, wanted))
    )
    return lambda facts: memo(facts.languages) if facts.languages else 0


def transparency(ads: Sequence[Ad]) -> Rule | None:
    """The Digital Services Act's information is required and none of ours carries it."""
    everyone = bits.first(len(ads))
    return lambda facts: everyone if facts.needs_transparency else 0


BUILDERS: Final[tuple[tuple[NoBid, Builder], ...]] = (
    (NoBid.SSP_NOT_CHOSEN, ssp_not_chosen),
    (NoBid.INVENTORY_BLOCKED, inventory_blocked),
    (NoBid.INVENTORY_NOT_LISTED, inventory_not_listed),
    (NoBid.BRAND_SAFETY, brand_safety),
    (NoBid.PRIVACY, privacy),
    (NoBid.SUPPLY_CHAIN, supply_chain),
    (NoBid.ADVERTISER_BLOCKED, advertiser_blocked),
    (NoBid.CATEGORY_BLOCKED, category_blocked),
    (NoBid.APP_BLOCKED, app_blocked),
    (NoBid.LANGUAGE, language),
    (NoBid.TRANSPARENCY, transparency),
)


def words_of(facts: Facts) -> frozenset[str]:
    """Every word of the place's address, name, title and keywords, with cases folded."""
    request = facts.request
    place = request.site or request.app or request.dooh
    if place is None:
        return frozenset()
    texts = [facts.domain, place.name, place.keywords, *place.kwarray]
    if request.site:
        texts.append(request.site.page)
    if place.content:
        content = place.content
        texts += [content.title, content.series, content.keywords, *content.kwarray]
    return frozenset(WORD.findall(" ".join(texts).casefold()))


def _by_place(memo: Memo[tuple[str, str, str]]) -> Rule:
    return lambda facts: memo((facts.domain, facts.bundle, facts.publisher))


def _allows(rails: Guardrails) -> bool:
    return bool(rails.allow_domains or rails.allow_bundles or rails.allow_publishers)


def _folded(words: Iterable[str]) -> set[str]:
    return {word.casefold() for word in words}


def _cat(ad: Ad) -> tuple[str, ...]:
    return ad.creative.attributes.cat


def _within(categories: tuple[str, ...], allowed: set[str]) -> bool:
    if not categories:
        return False
    return all(not allowed.isdisjoint(prefixes(each)) for each in categories)


def _bundle(ad: Ad) -> tuple[str, ...]:
    return (ad.creative.attributes.bundle,) if ad.creative.attributes.bundle else ()


def _tags(tag: str) -> set[str]:
    lower = tag.lower()
    return {lower, lower.partition("-")[0]}
