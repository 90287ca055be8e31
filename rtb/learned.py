"""What the background jobs have learned of one account, as bidding uses it (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rtb.rates import UNKNOWN, Predicts
from rtb.shading import Landscape


@dataclass(frozen=True, slots=True)
class TenantState:
    """Pass-through rates by line item id; a line item without one takes part always."""

    rates: Mapping[int, float] = field(default_factory=dict)
    landscape: Landscape | None = None
    predicted: Predicts = UNKNOWN
