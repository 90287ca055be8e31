"""What one account has to bid with: its ads as bits, and the rules over them (pure).

Ads are in the order in which they may win: by priority, then by what they can be worth, equals in
random order. The lowest bit that is left is the best ad.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from random import Random

from adserving import bits
from adserving.index import Facet, decides
from adserving.index import build as build_index
from adserving.snapshot import CampaignConfig, SegmentConfig, TenantConfig
from rtb.ad import Ad
from rtb.facts import Facts
from rtb.openrtb.request import Imp
from rtb.reasons import NoBid
from rtb.rules import request as request_rules
from rtb.rules.impression import ImpressionRules, Losses
from rtb.rules.sets import by_value, where


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An ad that configuration alone keeps from bidding."""

    creative_id: int
    reason: NoBid
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """Immutable; a change of the configuration makes a new one."""

    tenant: TenantConfig
    ads: tuple[Ad, ...]
    segments: tuple[SegmentConfig, ...]
    everyone: int
    campaigns: tuple[tuple[CampaignConfig, int], ...]  # with their ads
    facets: tuple[Facet, ...]
    inexact: int  # ads whose targeting says more than the facets: ask the rule itself
    request_rules: tuple[tuple[NoBid, request_rules.Rule], ...]
    impression_rules: ImpressionRules
    left_out: Mapping[int, Sequence[LeftOut]] = field(default_factory=dict)  # by line item id

    def eligible(self, facts: Facts, ads: int, losses: Losses) -> int:
        """Those of ``ads`` that the whole request suits; the others are added to ``losses``."""
        left = self._targeted(facts, ads, losses)
        for why, rule in self.request_rules:
            if not left:
                break
            away = left & rule(facts)
            if away:
                losses.append((why, away))
                left ^= away
        return left

    def fitting(self, facts: Facts, imp: Imp, ads: int, losses: Losses) -> int:
        """Those of ``ads`` that fit the impression; the others are added to ``losses``."""
        return self.impression_rules.passing(facts, imp, ads, losses) if ads else 0

    def not_in_flight(self, now: datetime) -> int:
        """Ads whose campaign has not begun, or is over."""
        found = 0
        for campaign, ads in self.campaigns:
            if not campaign.start_at <= now < campaign.end_at:
                found |= ads
        return found

    def _targeted(self, facts: Facts, ads: int, losses: Losses) -> int:
        left = ads
        for facet in self.facets:
            left &= facet.accepting(facts.context)
            if not left:
                break
        if left != ads:
            losses.append((NoBid.TARGETING, ads ^ left))
        return left


def build(
    tenant: TenantConfig,
    ads: Iterable[Ad],
    *,
    segments: Sequence[SegmentConfig] = (),
    worth: Mapping[int, int] | None = None,
    left_out: Mapping[int, Sequence[LeftOut]] | None = None,
    rng: Random,
) -> Book:
    """``worth``: what each line item can be worth, CPM micros; the bid without it."""
    ordered = in_order(ads, worth or {}, rng)
    everyone = bits.first(len(ordered))
    built = ((why, builder(ordered)) for why, builder in request_rules.BUILDERS)
    index = build_index(ordered, rule=attrgetter("line_item.rule"), state=lambda _: None)
    return Book(
        tenant=tenant,
        ads=tuple(ordered),
        segments=tuple(segments),
        everyone=everyone,
        campaigns=_campaigns(ordered),
        facets=index.facets,
        inexact=where(ordered, lambda ad: not decides(ad.line_item.rule)),
        request_rules=tuple((why, rule) for why, rule in built if rule is not None),
        impression_rules=ImpressionRules(ordered),
        left_out=left_out or {},
    )


def in_order(ads: Iterable[Ad], worth: Mapping[int, int], rng: Random) -> list[Ad]:
    """The ads as they may win; equals in random order, so that none always goes first."""

    def rank(ad: Ad) -> tuple[int, int, float]:
        item = ad.line_item
        return item.priority, -worth.get(item.id, item.cpm), rng.random()

    return sorted(ads, key=rank)


def _campaigns(ads: Sequence[Ad]) -> tuple[tuple[CampaignConfig, int], ...]:
    by_id = {ad.line_item.campaign.id: ad.line_item.campaign for ad in ads}
    sets = by_value(ads, lambda ad: (ad.line_item.campaign.id,))
    return tuple((by_id[campaign_id], found) for campaign_id, found in sets.items())
