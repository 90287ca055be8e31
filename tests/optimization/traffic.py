"""Traffic of combinations, straight into the finest tier: the coarser ones follow from it."""

from datetime import UTC, datetime
from uuid import uuid4

from adplatform.clients import clickhouse
from campaigns.models import Template
from optimization.services import space_of
from optimization.space import format_ad_id

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def ad_ids_of(template: Template) -> list[str]:
    return [format_ad_id(each) for each in space_of(template).valid()]


def show(template: Template, ad_id: str, impressions: int, clicks: int, **fields: object) -> None:
    """Valid events of one minute; ``at`` is when, other fields are columns."""
    at = fields.pop("at", NOW)
    assert isinstance(at, datetime)
    row: dict[str, object] = {
        "minute": at.astimezone(UTC).replace(second=0, microsecond=0),
        "tenant_id": template.tenant_id,
        "campaign_id": template.campaign_id,
        "template_id": template.pk,
        "ad_id": ad_id,
        "impressions": impressions,
        "clicks": clicks,
        **fields,
    }
    columns = {name: [value] for name, value in row.items()}
    clickhouse.insert_columns("ad_events_minute_agg", columns)


def show_all(template: Template, impressions: int = 400, best: str = "", **fields: object) -> None:
    """Every combination as often, clicked 2 in a hundred times; ``best``: 8 in a hundred."""
    for ad_id in ad_ids_of(template):
        clicks = impressions * (8 if ad_id == best else 2) // 100
        show(template, ad_id, impressions, clicks, **fields)


def credited(template: Template, ad_id: str, ppm: int, **fields: object) -> None:
    """A conversion worth 2 that a click of the ad gets so much of."""
    row: dict[str, object] = {
        "tenant_id": template.tenant_id,
        "conversion_id": uuid4(),
        "conversion_time": NOW,
        "model": "last_touch",
        "kind": "click",
        "touch_times": [NOW],
        "campaign_ids": [template.campaign_id],
        "template_ids": [template.pk],
        "segment_ids": [0],
        "ad_ids": [ad_id],
        "credit_ppm": [ppm],
        "credit_micros": [2_000_000],
        **fields,
    }
    clickhouse.insert_columns(
        "ad_conversion_credits", {name: [value] for name, value in row.items()}
    )
