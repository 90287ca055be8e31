"""The job that learns rates: every five minutes, the clicks and conversions of the last month."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from adplatform.clients.clickhouse import ClickHouseError
from adplatform.clients.errors import EngineNotRunning
from rtb.jobs import figures
from rtb.jobs.bidders import accounts
from rtb.jobs.turn import turn
from rtb.rates import Counts, Predicted, learn
from rtb.state import write_rates

log = structlog.get_logger(__name__)

SECONDS: Final = 600
DAYS: Final = timedelta(days=30)


def learn_rates(now: datetime) -> None:
    """Every account's; one that fails keeps its rates and stops no other.

    Raises:
        Busy: the run before is still under way.
        RedisError: Redis is away.
    """
    with turn("rates", SECONDS):
        for account in accounts(now):
            try:
                counted = figures.counts(account.id, now - DAYS)
            except (ClickHouseError, EngineNotRunning) as exc:
                log.warning("rates_not_learned", tenant_id=account.id, problem=str(exc))
                continue
            write_rates(account.id, predict(counted), now)


def predict(counted: Mapping[tuple[int, int], Counts]) -> Predicted:
    """From counts by line item and segment (0: none)."""
    line_items: defaultdict[int, Counts] = defaultdict(lambda: Counts(0, 0, 0))
    for (line_item_id, _), each in counted.items():
        sums = (a + b for a, b in zip(line_items[line_item_id], each, strict=True))
        line_items[line_item_id] = Counts(*sums)
    return learn(line_items, {key: each for key, each in counted.items() if key[1]})
