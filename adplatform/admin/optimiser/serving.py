"""What a segment is shown, and how it fares: rows of the page's table, and previews."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from adplatform.admin.charts.measure import Measure, percent
from adplatform.admin.charts.scatter import Pair
from adplatform.admin.optimiser import words
from adplatform.admin.optimiser.effects import assets_of
from adplatform.admin.optimiser.found import Found, by_arm
from optimization.counterfactual import Served
from optimization.insight import Predicted, Rate, rate_of
from optimization.models import Batch
from optimization.space import parse_ad_id

SHOWN_ARMS: Final = 32
SHOWN_TILES: Final = 3
PLACES: Final = ("Best so far", "Second best", "Third best")
SHOWN_PAIRS: Final = 200
MIN_PAIR_IMPRESSIONS: Final = 200


@dataclass(frozen=True, slots=True)
class Arm:
    """One combination of the batch that serves, as text."""

    ad_id: str
    values: Sequence[tuple[str, str]]
    share: str
    best: str
    predicted: str
    predicted_span: str
    realised: str
    realised_span: str
    impressions: str
    said: str
    is_pinned: bool
    is_held_back: bool  # banned, switched off or against a rule since it was chosen


@dataclass(frozen=True, slots=True)
class Tile:
    """A preview: why it is there, and the address of its frame."""

    label: str
    ad_id: str
    url: str
    values: Mapping[str, str]


def arms(found: Found, batch: Batch, segment_id: int) -> list[Arm]:
    """The most shown first; realised rates are of this batch in this segment.

    What may no longer be shown leaves its share to the others, as in serving.
    """
    served = [row for row in found.served_to(segment_id) if row.batch_id == batch.pk]
    realised = {ad_id: rate_of(rows) for ad_id, rows in by_arm(served).items()}
    weights = {
        arm["ad_id"]: float(arm["weight"]) for arm in batch.arms if _allows(found, arm["ad_id"])
    }
    total = sum(weights.values()) or 1.0
    listed = sorted(batch.arms, key=lambda arm: -weights.get(arm["ad_id"], 0.0))[:SHOWN_ARMS]
    return [_arm(found, arm, weights.get(arm["ad_id"], 0.0) / total, realised) for arm in listed]


def serves(found: Found, batch: Batch) -> bool:
    """Otherwise nothing of it may be shown any more, and everything is shown alike."""
    return any(_allows(found, str(arm["ad_id"])) for arm in batch.arms)


def _allows(found: Found, ad_id: str) -> bool:
    combination = parse_ad_id(ad_id)
    return combination is not None and found.combinations.space.allows(combination)


def _arm(
    found: Found, arm: Mapping[str, object], share: float, realised: Mapping[str, Rate | None]
) -> Arm:
    ad_id = str(arm["ad_id"])
    rate, predicted = realised.get(ad_id), predicted_of(arm)
    return Arm(
        ad_id,
        list(assets_of(parse_ad_id(ad_id) or (), found.combinations)),
        f"{share:.1%}",
        f"{float(str(arm['best'])):.0%}" if "best" in arm else words.NOTHING,
        percent(predicted.value) if predicted else words.NOTHING,
        f"{percent(predicted.low)} to {percent(predicted.high)}" if predicted else "",
        words.rate(rate),
        words.between(rate.estimate) if rate else "",
        f"{rate.impressions:,}" if rate else "0",
        words.agreement(predicted, rate) if predicted and found.is_of_clicks else "",
        ad_id in found.learning.pinned,
        not share,
    )


def predicted_of(arm: Mapping[str, object]) -> Measure | None:
    if not {"rate", "low", "high"} <= set(arm):
        return None
    return Measure(*(float(str(arm[name])) for name in ("rate", "low", "high")))


def tiles(found: Found, batch: Batch | None) -> list[Tile]:
    """The best by prediction, then the newest: those that the batch before did not show."""
    if batch is None:
        return []
    listed = sorted(batch.arms, key=lambda arm: -float(arm.get("rate", arm["weight"])))
    ids = [str(arm["ad_id"]) for arm in listed if _allows(found, str(arm["ad_id"]))]
    before = _before(found, batch)
    shown_before = {str(arm["ad_id"]) for arm in before.arms} if before else set()
    best = ids[:SHOWN_TILES]
    fresh = [each for each in ids if each not in shown_before and each not in best]
    newest = fresh[:SHOWN_TILES] if before else []
    labelled = [*zip(best, PLACES, strict=False), *((each, "New") for each in newest)]
    return [_tile(found, ad_id, label) for ad_id, label in labelled]


def pairs(found: Found) -> list[Pair]:
    """Predicted against realised, of combinations of a batch that were shown enough; most first."""
    grouped: defaultdict[tuple[int, str], list[Served]] = defaultdict(list)
    for row in found.rows or ():
        grouped[row.batch_id, row.ad_id].append(row)
    round_of = found.round_of
    rates = [(said, key, rate_of(grouped[key])) for key, said in found.predicted.items()]
    shown = [
        (said, key, rate)
        for said, key, rate in rates
        if rate is not None and rate.impressions >= MIN_PAIR_IMPRESSIONS
    ]
    shown.sort(key=lambda each: -each[2].impressions)
    return [_pair(said, key[1], round_of[key[0]], rate) for said, key, rate in shown[:SHOWN_PAIRS]]


def _pair(said: Predicted, ad_id: str, number: int, rate: Rate) -> Pair:
    predicted, realised = Measure(said.rate, said.low, said.high), words.measure(rate.estimate)
    tip = f"{ad_id}, round {number}: predicted {predicted}, realised {realised}"
    return Pair(predicted, realised, tip)


def _before(found: Found, batch: Batch) -> Batch | None:
    same = [each for each in found.batches if each.segment_id == batch.segment_id]
    return next((each for each in same if each.version < batch.version), None)


def _tile(found: Found, ad_id: str, label: str) -> Tile:
    url = f"{reverse('admin:frame', args=[found.template.pk])}?ad_id={ad_id}"
    values = dict(assets_of(parse_ad_id(ad_id) or (), found.combinations))
    return Tile(label, ad_id, url, values)
