"""What was shown, clicked and converted, by round, segment and combination, from ClickHouse.

Only what counts: the tiers hold neither invalid nor test traffic. A round is the time between two
activations of the template's batches. Late events are counted once they have arrived.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from adplatform.clients import clickhouse
from events.tiers import DAY, MINUTE
from optimization.pool import Row

MAX_ROUNDS: Final = 2000  # the newest; what came before them is one round
MAX_ROWS: Final = 200_000  # most shown first
SPARE_DAYS: Final = 2  # before the minutes expire, days take over
MEASURES: Final = "impressions, clicks, conversions, revenue_cents"
CREDITED: Final = """
SELECT toUInt64(t.2) AS segment_id, t.3 AS ad_id,
    roundDown(toUnixTimestamp(t.6), %(bounds)s) AS round,
    sum(t.4) / 1e6 AS credit, sum(t.5) / 1e4 AS cents
FROM
(
    SELECT arrayJoin(arrayZip(template_ids, segment_ids, ad_ids, credit_ppm, credit_micros,
        arrayMap(at -> toDateTime(at, 'UTC'), touch_times))) AS t
    FROM ad_conversion_credits FINAL
    WHERE tenant_id = %(tenant)s AND model = %(model)s AND kind = 'click'
)
WHERE t.1 IN %(templates)s AND t.3 != ''
GROUP BY segment_id, ad_id, round
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose traffic, and when its rounds began."""

    tenant_id: int
    campaign_id: int
    templates: tuple[int, ...]  # the versions whose combinations are alike
    rounds: tuple[datetime, ...] = ()  # activations of batches
    model: str = ""  # of attribution; empty: conversions by the ad that they name


def read(scope: Scope, *, now: datetime, minute_days: int) -> Sequence[Row]:
    """Every row of a template; at most MAX_ROWS, those with most impressions.

    ``minute_days``: for how long minutes are kept. Raises ClickHouseError or EngineNotRunning.
    """
    params = _params(scope)
    minutes = _select(MINUTE.table, "toUnixTimestamp(minute)", "minute >= %(border)s")
    days = _select(DAY.table, "toUnixTimestamp(toDateTime(day, 'UTC'))", "day < toDate(%(border)s)")
    found = clickhouse.query(
        f"SELECT round, segment_id, ad_id, sum(impressions) AS shown, sum(clicks),"
        f" sum(conversions), sum(revenue_cents) FROM ({minutes} UNION ALL {days})"
        " GROUP BY round, segment_id, ad_id ORDER BY shown DESC, round, segment_id, ad_id"
        f" LIMIT {MAX_ROWS}",
        params | {"border": _border(now, minute_days)},
    )
    rows = [Row(*each) for each in found]
    return _credited(rows, params) if scope.model else rows


def totals(tenant_id: int) -> Mapping[int, tuple[int, int]]:
    """Impressions and clicks of each of a tenant's templates, ever.

    Raises ClickHouseError or EngineNotRunning.
    """
    found = clickhouse.query(
        f"SELECT template_id, sum(impressions), sum(clicks) FROM {DAY.table}"
        " WHERE tenant_id = %(tenant)s AND template_id != 0 AND ad_id != '' GROUP BY template_id",
        {"tenant": tenant_id},
    )
    return {template_id: (shown, clicked) for template_id, shown, clicked in found}


def digest(rows: Sequence[Row], settings: object) -> str:
    """The same for the same counts and settings, whatever the order of the rows."""
    listed = sorted(
        (
            *(row.round, row.segment_id, row.ad_id, row.impressions, row.clicks),
            *(round(row.conversions, 3), round(row.value_cents, 1)),
        )
        for row in rows
    )
    return sha256(repr((listed, settings)).encode()).hexdigest()


def _params(scope: Scope) -> dict[str, object]:
    bounds = sorted({int(each.timestamp()) for each in scope.rounds})[-MAX_ROUNDS:]
    return {
        "tenant": scope.tenant_id,
        "campaign": scope.campaign_id,
        "templates": scope.templates,
        "bounds": [0, *bounds],
        "model": scope.model,
    }


def _border(now: datetime, minute_days: int) -> datetime:
    """A midnight: days before it, minutes from it on."""
    day = (now - timedelta(days=max(minute_days - SPARE_DAYS, 1))).astimezone(UTC)
    return day.replace(hour=0, minute=0, second=0, microsecond=0)


def _select(table: str, seconds: str, period: str) -> str:
    return (
        f"SELECT toUInt32(roundDown({seconds}, %(bounds)s)) AS round, segment_id, ad_id, {MEASURES}"
        f" FROM {table} WHERE tenant_id = %(tenant)s AND campaign_id = %(campaign)s"
        f" AND template_id IN %(templates)s AND ad_id != '' AND {period}"
    )


def _credited(rows: Sequence[Row], params: Mapping[str, object]) -> Sequence[Row]:
    """Conversions as attribution credits them to clicks, in the place of those that name an ad."""
    found = clickhouse.query(CREDITED, params)
    credit = {(began, segment, ad): (each, cents) for segment, ad, began, each, cents in found}
    nothing = (0.0, 0.0)
    return [
        Row(
            row.round,
            row.segment_id,
            row.ad_id,
            row.impressions,
            row.clicks,
            *credit.get((row.round, row.segment_id, row.ad_id), nothing),
        )
        for row in rows
    ]
