"""How often impressions are clicked and clicks convert, as far as counts can tell (pure).

Every line item's rate is pulled towards its account's, as strongly as the account's line items
resemble each other (an empirical-Bayes Beta prior, fitted by moments); a segment's rate is pulled
towards its line item's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

DEFAULT_CTR: Final = (0.5, 999.5)  # of an account without impressions: one click in 2,000
DEFAULT_CVR: Final = (0.5, 49.5)  # and one conversion in 100 clicks
DEFAULT_WEIGHT: Final = 1.0  # how many defaults stand beside what was counted
LEAST_IMPRESSIONS: Final = 500.0  # that a prior stands for: a lucky start must not bid thousands
LEAST_CLICKS: Final = 20.0
MOST: Final = 20_000.0
SEGMENT_STRENGTH: Final = 2_000.0  # impressions of a segment until its own rate weighs half
SEGMENT_CLICKS: Final = 50.0


class Counts(NamedTuple):
    """Of one line item, or of one segment in it."""

    impressions: int
    clicks: int
    conversions: int


class Rates(NamedTuple):
    """Clicks per impression, conversions per click."""

    ctr: float
    cvr: float


class Predicts(Protocol):
    """Who can say what a line item's impressions will do: these counts, or the optimiser."""

    def rates(self, line_item_id: int, segment_id: int = 0) -> Rates: ...


class Beta(NamedTuple):
    """A prior: so many successes and failures beside those counted."""

    successes: float
    failures: float

    @property
    def strength(self) -> float:
        return self.successes + self.failures

    def rate(self, successes: int, trials: int) -> float:
        """The posterior's mean."""
        return (successes + self.successes) / (trials + self.strength)


@dataclass(frozen=True, slots=True)
class Predicted:
    """Learned rates; a line item that is not known has its account's."""

    account: Rates
    line_items: Mapping[int, Rates] = field(default_factory=dict)
    segments: Mapping[tuple[int, int], Rates] = field(default_factory=dict)

    def rates(self, line_item_id: int, segment_id: int = 0) -> Rates:
        found = self.segments.get((line_item_id, segment_id)) if segment_id else None
        return found or self.line_items.get(line_item_id, self.account)


UNKNOWN: Final = Predicted(
    Rates(DEFAULT_CTR[0] / sum(DEFAULT_CTR), DEFAULT_CVR[0] / sum(DEFAULT_CVR))
)


def learn(
    line_items: Mapping[int, Counts], segments: Mapping[tuple[int, int], Counts] | None = None
) -> Predicted:
    """The rates of one account's line items, and of segments by line item and segment id."""
    counts = line_items.values()
    clicked = ((each.clicks, each.impressions) for each in counts)
    converted = ((each.conversions, each.clicks) for each in counts)
    ctr = prior_of(clicked, Beta(*DEFAULT_CTR), LEAST_IMPRESSIONS)
    cvr = prior_of(converted, Beta(*DEFAULT_CVR), LEAST_CLICKS)
    found = {key: _rates(each, ctr, cvr) for key, each in line_items.items()}
    account = Rates(ctr.rate(0, 0), cvr.rate(0, 0))
    within = {
        (owner, segment): _within(each, found.get(owner, account))
        for (owner, segment), each in (segments or {}).items()
    }
    return Predicted(account, found, within)


def prior_of(counted: Iterable[tuple[int, int]], default: Beta, least: float) -> Beta:
    """The Beta distribution that the rates of (successes, trials) seem to come from.

    The mean is that of all trials together; the strength is what explains how much the rates differ
    beyond chance (Kleinman 1973, moments with weights), at least ``least`` trials.
    """
    rows = [(min(good, trials), trials) for good, trials in counted if trials > 0]
    trials = sum(each for _, each in rows)
    good = sum(each for each, _ in rows) + DEFAULT_WEIGHT * default.successes
    mean = good / (trials + DEFAULT_WEIGHT * default.strength)
    strength = _strength(rows, mean, trials) if len(rows) > 1 else default.strength
    strength = min(max(strength, least), MOST)
    return Beta(mean * strength, (1 - mean) * strength)


def _strength(rows: list[tuple[int, int]], mean: float, trials: int) -> float:
    spread = sum(n * (good / n - mean) ** 2 for good, n in rows)
    chance = mean * (1 - mean) * (len(rows) - 1)
    effective = trials - sum(n * n for _, n in rows) / trials
    between = (spread - chance) / effective if effective > 0 else 0.0
    return mean * (1 - mean) / between - 1 if between > 0 else MOST


def _rates(counts: Counts, ctr: Beta, cvr: Beta) -> Rates:
    return Rates(
        ctr.rate(min(counts.clicks, counts.impressions), counts.impressions),
        cvr.rate(min(counts.conversions, counts.clicks), counts.clicks),
    )


def _within(counts: Counts, owner: Rates) -> Rates:
    ctr = Beta(owner.ctr * SEGMENT_STRENGTH, (1 - owner.ctr) * SEGMENT_STRENGTH)
    cvr = Beta(owner.cvr * SEGMENT_CLICKS, (1 - owner.cvr) * SEGMENT_CLICKS)
    return _rates(counts, ctr, cvr)
