"""What was served and clicked, by batch, combination, segment and propensity, from ClickHouse."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from adplatform.clients import clickhouse
from campaigns.models import Template
from optimization.counterfactual import Served

MAX_ROWS: Final = 200_000
COUNTED: Final = "invalid_reason = '' AND is_test = 0"


def served(
    template: Template, since: datetime | None = None, until: datetime | None = None
) -> Sequence[Served]:
    """Of a template's own traffic, the most shown first; at most MAX_ROWS rows.

    A click counts with the impression that it belongs to by batch, segment, combination and
    propensity; clicks whose impressions came before ``since`` are left out. Raises ClickHouseError
    or EngineNotRunning.
    """
    params: dict[str, object] = {
        "tenant_id": template.tenant_id,
        "campaign_id": template.campaign_id,
        "template_id": template.pk,
        "rows": MAX_ROWS,
    }
    found = clickhouse.query(
        "SELECT batch_id, segment_id, ad_id, propensity,"
        " countIf(event_type = 'IMPRESSION') AS shown, countIf(event_type = 'CLICK') AS clicked"
        " FROM ad_events_raw WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s"
        " AND template_id = %(template_id)s AND ad_id != ''"
        f" AND event_type IN ('IMPRESSION', 'CLICK') AND {COUNTED}{_period(since, until, params)}"
        " GROUP BY batch_id, segment_id, ad_id, propensity HAVING shown > 0"
        " ORDER BY shown DESC, batch_id, segment_id, ad_id LIMIT %(rows)s",
        params,
    )
    return [
        Served(batch, segment, ad_id, propensity, shown, min(clicked, shown))
        for batch, segment, ad_id, propensity, shown, clicked in found
    ]


def _period(since: datetime | None, until: datetime | None, params: dict[str, object]) -> str:
    """Bounds of event_time, whose values join ``params``."""
    bounds: Mapping[str, datetime | None] = {">= %(since)s": since, "< %(until)s": until}
    params |= {"since": since, "until": until}
    return "".join(
        f" AND event_time {bound}" for bound, moment in bounds.items() if moment is not None
    )
