"""What a funnel is asked for, as values; pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from reporting.conditions import Condition, Every
from reporting.dimensions import Dimension


class Step(StrEnum):
    """What a user does, in this order."""

    IMPRESSION = "impression"
    VIEWABLE = "viewable"
    CLICK = "click"
    CONVERSION = "conversion"


EVERYTHING: Final = Every(())


@dataclass(frozen=True, slots=True)
class FunnelQuery:
    """How far users come within ``window_seconds`` of their first step."""

    tenant_id: int
    start: datetime
    end: datetime
    tz: ZoneInfo
    steps: tuple[Step, ...] = tuple(Step)
    window_seconds: int = 7 * 86_400
    strict_order: bool = False
    dimension: Dimension | None = None
    where: Condition = EVERYTHING
    min_sample: int = 0
    limit: int = 100
