"""Rules about one impression, whatever its format: technique, deals, position (pure)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from adserving import bits
from rtb.ad import Ad, Format
from rtb.facts import Facts
from rtb.openrtb.request import Audio, Banner, Imp, Native, Video
from rtb.reasons import NoBid
from rtb.rules import banner, media, native
from rtb.rules.sets import Memo, by_value, union, where

Slot: TypeAlias = Banner | Video | Audio | Native
Losses = list[tuple[str, int]]
SlotRule = Callable[[Slot], int]
ImpRule = Callable[[Facts, Imp], int]

REQUIRED: Final = 1


def not_secure(ads: Sequence[Ad]) -> ImpRule | None:
    """An impression with secure 1 wants HTTPS for everything that the ad loads."""
    plain = where(ads, lambda ad: ad.uses_http)
    return (lambda _, imp: plain if imp.secure == REQUIRED else 0) if plain else None


def rewarded(ads: Sequence[Ad]) -> ImpRule | None:
    unwilling = where(ads, lambda ad: not ad.guardrails.allow_rewarded)
    return (lambda _, imp: unwilling if imp.rwdd == REQUIRED else 0) if unwilling else None


IMP_BUILDERS: Final = (
    (NoBid.NOT_SECURE, not_secure),
    (NoBid.INVENTORY_BLOCKED, rewarded),
)


def position(ads: Sequence[Ad]) -> SlotRule | None:
    """A line item that asks for positions takes no slot whose position is unknown."""
    picky = where(ads, lambda ad: ad.guardrails.positions)
    if not picky:
        return None
    at = by_value(ads, lambda ad: ad.guardrails.positions)
    return lambda slot: picky & ~at.get(getattr(slot, "pos", None) or 0, 0)


def attribute_blocked(ads: Sequence[Ad]) -> SlotRule:
    having = by_value(ads, lambda ad: set(media.implied_attributes(ad)))
    memo: Memo[tuple[int, ...]] = Memo(len(ads), lambda blocked: union(having, blocked))
    return lambda slot: memo(tuple(slot.battr)) if slot.battr else 0


def api_missing(ads: Sequence[Ad]) -> SlotRule | None:
    """A framework that the slot does not list is one that it does not have."""
    needing = by_value(ads, lambda ad: set(ad.creative.attributes.api))
    if not needing:
        return None

    def answer(offered: tuple[int, ...]) -> int:
        return union(needing, (api for api in needing if api not in offered))

    memo = Memo(len(ads), answer)
    return lambda slot: memo(tuple(slot.api or ()))


SHARED_BUILDERS: Final = (
    (NoBid.POSITION, position),
    (NoBid.ATTRIBUTE_BLOCKED, attribute_blocked),
    (NoBid.API_MISSING, api_missing),
)
OWN_BUILDERS: Final[Mapping[Format, Sequence]] = {  # type: ignore[type-arg]
    Format.BANNER: banner.BUILDERS,
    Format.VIDEO: media.BUILDERS,
    Format.AUDIO: media.BUILDERS,
    Format.NATIVE: native.BUILDERS,
}


class SlotRules:
    """The rules of one format, over the ads of that format."""

    def __init__(self, ads: Sequence[Ad], kind: Format) -> None:
        self.ads = where(ads, lambda ad: ad.format is kind)
        builders = (*OWN_BUILDERS[kind], *SHARED_BUILDERS) if self.ads else ()
        built = ((why, build(ads)) for why, build in builders)
        self.rules = [(why, rule) for why, rule in built if rule is not None]

    def passing(self, slot: Slot, ads: int, losses: Losses) -> int:
        """Those of ``ads`` that may fill the slot; the others are added to ``losses``."""
        left = ads & self.ads
        for why, rule in self.rules:
            if not left:
                break
            away = left & rule(slot)
            if away:
                losses.append((why, away))
                left ^= away
        return left


class ImpressionRules:
    """All rules about one impression."""

    def __init__(self, ads: Sequence[Ad]) -> None:
        self.everyone = bits.first(len(ads))
        built = ((why, build(ads)) for why, build in IMP_BUILDERS)
        self.rules = [(why, rule) for why, rule in built if rule is not None]
        self.by_format = {kind: SlotRules(ads, kind) for kind in Format}
        self.deals = by_value(ads, lambda ad: ad.strategy.deals)
        self.deals_only = where(ads, lambda ad: not ad.strategy.open_auction)

    def passing(self, facts: Facts, imp: Imp, ads: int, losses: Losses) -> int:
        """Those of ``ads`` that may bid for the impression; the others are added to ``losses``."""
        left = self._by_format(imp, ads, losses)
        for why, rule in self.rules:
            away = left & rule(facts, imp)
            if away:
                losses.append((why, away))
                left ^= away
        return self.by_deals(imp, left, losses) if left else 0

    def _by_format(self, imp: Imp, ads: int, losses: Losses) -> int:
        offered = [(self.by_format[kind], slot) for kind, slot in slots_of(imp) if slot is not None]
        known = 0
        for rules, _ in offered:
            known |= rules.ads
        if ads & ~known:
            losses.append((NoBid.FORMAT, ads & ~known))
        left = 0
        for rules, slot in offered:
            left |= rules.passing(slot, ads, losses)
        return left

    def buying(self, imp: Imp) -> int:
        """The ads that may buy by one of the impression's deals."""
        return union(self.deals, (deal.id for deal in imp.pmp.deals)) if imp.pmp else 0

    def by_deals(self, imp: Imp, ads: int, losses: Losses) -> int:
        """Those of ``ads`` that the impression's deals, or its open auction, let take part."""
        pmp = imp.pmp
        if pmp is None:
            away = ads & self.deals_only
            if away:
                losses.append((NoBid.DEAL_ONLY, away))
            return ads ^ away
        buying = self.buying(imp)
        private = pmp.private_auction == REQUIRED
        away = ads & ~buying if private else ads & self.deals_only & ~buying
        if away:
            losses.append((NoBid.DEAL_NOT_OURS if private else NoBid.DEAL_ONLY, away))
        return ads ^ away


def slots_of(imp: Imp) -> tuple[tuple[Format, Slot | None], ...]:
    return (
        (Format.BANNER, imp.banner),
        (Format.VIDEO, imp.video),
        (Format.AUDIO, imp.audio),
        (Format.NATIVE, imp.native),
    )
