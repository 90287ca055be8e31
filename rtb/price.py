"""What an impression is worth to a line item, and the least that it may cost (pure).

Prices are CPM micros in the account's currency; floors are in units of their own currency.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from adplatform.money import IMPRESSIONS_PER_MILLE, Micros
from rtb.ad import Ad, Format, Goal, Multiplier, Strategy
from rtb.openrtb.request import Audio, Deal, DurFloor, Imp, Video
from rtb.rates import Predicts

FACTOR_RANGE: Final = (0.1, 10.0)  # of all multipliers together
MOST_FACTORS: Final = 20_000  # strategies whose multipliers are kept indexed

Factors = Mapping[str, Mapping[str, float]]  # by dimension, by value
Facts = Mapping[str, str]  # this request's value of each dimension

_factors: dict[int, tuple[tuple[Multiplier, ...], Factors]] = {}


def value(ad: Ad, facts: Facts, predicted: Predicts, segment_id: int = 0) -> Micros | None:
    """What this impression is worth; None where the strategy does not say."""
    base = base_value(ad, predicted, segment_id)
    return None if base is None else value_of(base, ad.strategy, facts)


def base_value(ad: Ad, predicted: Predicts, segment_id: int = 0) -> Micros | None:
    """Before multipliers: the line item's CPM, or what its clicks or conversions are worth."""
    strategy = ad.strategy
    if strategy.goal is Goal.CPM:
        return ad.line_item.cpm
    if strategy.goal_amount is None:
        return None
    rates = predicted.rates(ad.line_item.id, segment_id)
    chance = rates.ctr if strategy.goal is Goal.CPC else rates.ctr * rates.cvr
    return Micros(round(chance * strategy.goal_amount * IMPRESSIONS_PER_MILLE))


def value_of(base: Micros, strategy: Strategy, facts: Facts) -> Micros:
    """After multipliers. One above 1 may raise it above the line item's CPM: only ``max_bid`` caps.

    ``facts`` has the dimensions that the request knows; a domain's parents count as the domain.
    """
    if strategy.multipliers:
        base = Micros(round(base * _clip(_product(_indexed(strategy.multipliers), facts))))
    return base if strategy.max_bid is None else min(base, strategy.max_bid)


def most_of(base: Micros, strategy: Strategy) -> Micros:
    """The most that ``value_of`` can say of any request."""
    product = 1.0
    for by_value in _indexed(strategy.multipliers).values():
        product *= max(1.0, *by_value.values())
    most = Micros(round(base * _clip(product)))
    return most if strategy.max_bid is None else min(most, strategy.max_bid)


def deal_price(worth: Micros, agreed: Micros) -> Micros | None:
    """For a deal with a fixed price (``at`` 3): that price, or None where it is not worth it."""
    return agreed if worth >= agreed else None


def floor_of(imp: Imp, deal: Deal | None, seconds: int, format_: Format) -> tuple[float, str]:
    """The floor's amount, CPM, and its currency, for an ad of so many seconds (0: unknown).

    OpenRTB 2.6 section 7.11: of a deal by duration, a second, or at all; else of the video or
    audio; else the impression's. A deal inherits nothing, not even the currency.
    """
    if deal is not None:
        timed = _timed(deal.durfloors, deal.mincpmpersec, seconds)
        return (deal.bidfloor if timed is None else timed), deal.bidfloorcur
    media = _media(imp, format_)
    timed = _timed(media.durfloors, media.mincpmpersec, seconds) if media else None
    return (imp.bidfloor if timed is None else timed), imp.bidfloorcur


def _media(imp: Imp, format_: Format) -> Video | Audio | None:
    if format_ is Format.VIDEO:
        return imp.video
    return imp.audio if format_ is Format.AUDIO else None


def _timed(floors: Sequence[DurFloor], per_second: float | None, seconds: int) -> float | None:
    if not seconds:
        return None
    for each in floors:
        if (each.mindur or 0) <= seconds and (each.maxdur is None or seconds <= each.maxdur):
            return each.bidfloor
    return None if per_second is None else per_second * seconds


def _indexed(multipliers: tuple[Multiplier, ...]) -> Factors:
    """Remembered by the tuple itself: one look-up instead of a walk over up to 500."""
    known = _factors.get(id(multipliers))
    if known is None or known[0] is not multipliers:
        if len(_factors) >= MOST_FACTORS:
            _factors.clear()
        factors: dict[str, dict[str, float]] = {}
        for each in multipliers:
            factors.setdefault(each.dimension, {})[each.value] = each.factor
        known = _factors[id(multipliers)] = (multipliers, factors)
    return known[1]


def _product(factors: Factors, facts: Facts) -> float:
    product = 1.0
    for dimension, by_value in factors.items():
        found = facts.get(dimension, "")
        spellings = _with_parents(found) if dimension == "domain" else (found,)
        product *= next((by_value[each] for each in spellings if each in by_value), 1.0)
    return product


def _with_parents(domain: str) -> Iterator[str]:
    while domain:
        yield domain
        domain = domain.partition(".")[2]


def _clip(product: float) -> float:
    return min(max(product, FACTOR_RANGE[0]), FACTOR_RANGE[1])
