"""What figures mean, in words that a marketer uses (pure)."""

from typing import Final

from adplatform.admin.charts.measure import Measure, more, percent, signed
from optimization.evaluate import Estimate
from optimization.insight import Exploration, Rate

NOTHING: Final = "—"


def measure(estimate: Estimate) -> Measure:
    return Measure(estimate.value, estimate.low, estimate.high)


def between(estimate: Estimate) -> str:
    return f"{percent(estimate.low)} to {percent(estimate.high)}"


def verdict(uplift: Estimate | None, extra: Estimate | None) -> str:
    """What learning brought so far; intervals of 9 in 10 leave 1 in 20 on either side."""
    if uplift is None or extra is None:
        return "Still learning: too little was shown to say what learning brings."
    span = f"{signed(uplift.low)} to {signed(uplift.high)}"
    if uplift.low > 0:
        return (
            f"What is shown gets {more(uplift.value)} clicks than if every combination were shown "
            f"equally often: about {extra.value:,.0f} extra clicks so far. We are 95% sure that it "
            f"does better (likely {span})."
        )
    if uplift.high < 0:
        return (
            f"What is shown gets {more(uplift.value)} clicks than if every combination were shown "
            f"equally often (likely {span}). If this lasts, look at what is pinned and banned."
        )
    return (
        "Still learning: what is shown may do better or worse than showing every combination "
        f"equally often (likely {span})."
    )


def effect(change: Measure, what: str = "the average of its kind") -> str:
    """Of a value or a pair of values."""
    if change.low > 0:
        return f"We are 95% sure that it gets more clicks than {what}"
    if change.high < 0:
        return f"We are 95% sure that it gets fewer clicks than {what}"
    return "Still learning"


def chance_note(*, is_measured: bool) -> str:
    if is_measured:
        return "measured while everything was shown equally often"
    return "as the model estimates it"


def explored(exploration: Exploration | None) -> str:
    if exploration is None:
        return NOTHING
    return f"{exploration.share:.0%}"


def exploring_cost(exploration: Exploration | None) -> str:
    if exploration is None:
        return "nothing was predicted yet"
    clicks = f"{exploration.clicks:,.0f} clicks" if exploration.clicks >= 1 else "less than a click"
    return f"of impressions; it cost about {clicks}"


def rate(found: Rate | None) -> str:
    return percent(found.value) if found else NOTHING


def likely(found: Rate | None) -> str:
    return f"likely {between(found.estimate)}" if found else ""


def agreement(predicted: Measure, realised: Rate | None) -> str:
    """Whether a prediction held, as far as can be told."""
    if realised is None:
        return "not shown yet"
    seen = realised.estimate
    if seen.low <= predicted.high and predicted.low <= seen.high:
        return "as predicted"
    return "better than predicted" if seen.low > predicted.high else "worse than predicted"
