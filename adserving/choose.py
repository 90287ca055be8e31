"""Choosing: which line item goes first, which creative, which combination (pure)."""

import math
from bisect import bisect_right
from collections.abc import Iterable
from random import Random

from adserving.snapshot import Drawn, LineItemConfig, TemplateConfig


def order_by_bid(candidates: Iterable[LineItemConfig], rng: Random) -> list[LineItemConfig]:
    """Candidates in the order in which they may win: priority tiers, then random by bid.

    Within a tier the first place falls to each with probability bid / sum of bids, the second
    likewise among the rest (Efraimidis and Spirakis 2006: sort by an exponential over weight).
    """
    keyed = [
        (item.priority, -math.log(1.0 - rng.random()) / item.cpm, item.id, item)
        for item in candidates
    ]
    keyed.sort()
    return [entry[3] for entry in keyed]


def pick_combination(template: TemplateConfig, segment_id: int, rng: Random) -> Drawn | None:
    """The segment's active batch by its weights, else everyone's batch, else uniform over valid.

    None when the template's rules and active assets leave no combination.
    """
    arms = template.batches.get(segment_id) or template.batches.get(0)
    if arms is None:
        drawn = template.space.draw(rng)
        return None if drawn is None else Drawn(drawn, 0, template.uniform_propensity)
    point = rng.random() * arms.cumulative[-1]
    return arms.drawn[min(bisect_right(arms.cumulative, point), len(arms.drawn) - 1)]
