"""What OpenAPI says about the reports."""

from typing import Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from reporting.params import DEFAULT_LIMIT, MAX_LIMIT
from reporting.query import COUNTS, RATIOS, Dimension, Granularity


class FiguresSerializer(serializers.Serializer[object]):
    """Counts and ratios; a ratio is null when its denominator is 0."""

    impressions = serializers.IntegerField()
    viewable = serializers.IntegerField()
    clicks = serializers.IntegerField()
    conversions = serializers.IntegerField()
    interactions = serializers.IntegerField()
    invalid_impressions = serializers.IntegerField()
    invalid_clicks = serializers.IntegerField()
    revenue_cents = serializers.IntegerField()
    cost_micros = serializers.IntegerField()
    ctr = serializers.FloatField(allow_null=True, help_text="clicks / impressions")
    conversion_rate = serializers.FloatField(allow_null=True, help_text="conversions / clicks")
    viewability = serializers.FloatField(allow_null=True, help_text="viewable / impressions")
    ecpm = serializers.FloatField(
        allow_null=True, help_text="revenue in currency units per 1,000 impressions"
    )
    ecpc = serializers.FloatField(allow_null=True, help_text="revenue in currency units per click")


class RowSerializer(FiguresSerializer):
    """One row; it carries only the fields that the report is broken down by."""

    time = serializers.DateTimeField(required=False)
    campaign_id = serializers.IntegerField(required=False)
    placement_id = serializers.IntegerField(required=False)
    line_item_id = serializers.IntegerField(required=False)
    creative_id = serializers.IntegerField(required=False)
    template_id = serializers.IntegerField(required=False)
    segment_id = serializers.IntegerField(required=False)
    ad_id = serializers.CharField(required=False)


class ReportSerializer(serializers.Serializer[object]):
    """The report of one tenant."""

    tenant_id = serializers.IntegerField()
    to = serializers.DateTimeField(help_text="not included")
    tz = serializers.CharField()
    group_by = serializers.ListField(child=serializers.CharField())
    granularity = serializers.CharField()
    totals = FiguresSerializer()
    rows = RowSerializer(many=True)
    next_offset = serializers.IntegerField(allow_null=True)

    def get_fields(self) -> dict[str, "serializers.Field[object, object, object, object]"]:
        """``from`` is a Python keyword, so it is added by name."""
        return {"from": serializers.DateTimeField(), **super().get_fields()}


def _parameter(
    name: str,
    description: str,
    *,
    kind: OpenApiTypes = OpenApiTypes.STR,
    many: bool = False,
    enum: list[str] | None = None,
) -> OpenApiParameter:
    return OpenApiParameter(
        name, kind, description=description, many=many, enum=enum, explode=False if many else None
    )


PARAMETERS: Final = [
    _parameter("tenant_id", "may be left out with an API key", kind=OpenApiTypes.INT),
    _parameter("from", "date or ISO 8601 datetime; default: 7 days before `to`"),
    _parameter("to", "date or ISO 8601 datetime, not included; default: now"),
    _parameter("tz", "IANA time zone of days and dates; default: the tenant's"),
    _parameter("group_by", "what to break down by", many=True, enum=[*Dimension, *Granularity]),
    _parameter("granularity", "time buckets", enum=list(Granularity)),
    *(_parameter(each.column, f"only these {each.value} values", many=True) for each in Dimension),
    _parameter(
        "order",
        f"comma-separated: fields of a row, {', '.join((*COUNTS, *RATIOS))}; - means descending",
    ),
    _parameter("limit", f"1 to {MAX_LIMIT}, default {DEFAULT_LIMIT}", kind=OpenApiTypes.INT),
    _parameter("offset", "rows to skip", kind=OpenApiTypes.INT),
    _parameter("output", "json or csv (`format` means the same)", enum=["json", "csv"]),
]
RESPONSES: Final = {
    (200, "application/json"): ReportSerializer,
    (200, "text/csv"): OpenApiTypes.STR,
    400: OpenApiResponse(description="a parameter is wrong; problem+json names it"),
    404: OpenApiResponse(description="no such tenant, or not yours"),
    503: OpenApiResponse(description="the analytics store is away; see Retry-After"),
}
