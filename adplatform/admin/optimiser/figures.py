"""The page's cards and its learning curve, from what is known of a template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format

from adplatform.admin.charts.curve import Curve, Round
from adplatform.admin.charts.measure import percent, signed
from adplatform.admin.optimiser import words
from adplatform.admin.optimiser.found import Found
from optimization.evaluate import Estimate
from optimization.insight import Rate, exploration, extra_clicks, uplift
from optimization.models import Batch, BatchSource

BEFORE: Final = "Start"
MAX_ROUNDS: Final = 48


@dataclass(frozen=True, slots=True)
class Card:
    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Gain:
    """What batches brought beyond showing every combination equally often, all rounds together."""

    rounds: Mapping[int, Rate]
    now: Rate | None  # the newest round that was shown
    chance: Rate | None
    is_measured: bool
    uplift: Estimate | None
    extra: Estimate | None


def gain(found: Found) -> Gain:
    rounds = found.rounds(MAX_ROUNDS)
    chance, is_measured = found.chance
    served = found.of_batches
    now = rounds[max(rounds)] if rounds else None
    if chance is None or served is None:
        return Gain(rounds, now, chance, is_measured, None, None)
    more = uplift(served, chance)
    return Gain(rounds, now, chance, is_measured, more, extra_clicks(served.clicks, more))


def cards(found: Found, gain: Gain) -> list[Card]:
    explored = exploration(found.rows or (), found.predicted)
    note = words.chance_note(is_measured=gain.is_measured) if gain.chance else ""
    return [
        Card("Click rate now", words.rate(gain.now), words.likely(gain.now)),
        Card("All combinations alike", words.rate(gain.chance), note),
        Card("Uplift so far", _signed(gain.uplift), _span(gain.uplift)),
        Card("Extra clicks so far", _clicks(gain.extra), _clicks_span(gain.extra)),
        Card("Spent on exploring", words.explored(explored), words.exploring_cost(explored)),
    ]


def curve(found: Found, gain: Gain) -> Curve:
    """Each round beside chance, and the best combination as the last run predicts it."""
    of_round = {number: pk for pk, number in found.round_of.items()}
    batches = {batch.pk: batch for batch in found.batches}
    best = float(found.last_done.predicted.get("best_rate") or 0.0) if found.last_done else 0.0
    return Curve(
        [
            _round(number, rate, batches.get(of_round[number]))
            for number, rate in gain.rounds.items()
        ],
        words.measure(gain.chance.estimate) if gain.chance else None,
        best if best > 0 else None,
    )


def _round(number: int, rate: Rate, batch: Batch | None) -> Round:
    name = str(number) if number else BEFORE
    since = f", {batch_words(batch)}" if batch else ", before any batch"
    counted = f"{rate.impressions:,} impressions, {rate.clicks:,} clicks"
    seen = words.measure(rate.estimate)
    return Round(name, seen, f"Round {name}{since}: {counted}, {seen}")


def batch_words(batch: Batch) -> str:
    """Who chose it, and since when it served."""
    since = batch.activated_at or batch.created_at
    who = {BatchSource.MANUAL: "by hand ", BatchSource.ROLLBACK: "rolled back "}
    return f"{who.get(BatchSource(batch.source), '')}from {moment(since)}"


def moment(at: datetime) -> str:
    """In the account's time."""
    return date_format(timezone.localtime(at), "j M Y H:i")


def rounds_table(curve: Curve, rounds: Mapping[int, Rate]) -> Sequence[tuple[str, ...]]:
    """The curve as numbers."""
    return [
        (
            *(each.name, f"{rate.impressions:,}", f"{rate.clicks:,}"),
            *(percent(rate.value), words.between(rate.estimate)),
        )
        for each, rate in zip(curve.rounds, rounds.values(), strict=True)
    ]


def _signed(share: Estimate | None) -> str:
    return signed(share.value) if share else words.NOTHING


def _span(share: Estimate | None) -> str:
    return f"likely {signed(share.low)} to {signed(share.high)}" if share else ""


def _clicks(extra: Estimate | None) -> str:
    return f"{extra.value:,.0f}" if extra else words.NOTHING


def _clicks_span(extra: Estimate | None) -> str:
    return f"likely {extra.low:,.0f} to {extra.high:,.0f}" if extra else ""
