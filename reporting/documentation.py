"""What OpenAPI says about the reports."""

from collections.abc import Iterable
from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from campaigns.attribution import Model
from reporting.conditions import Comparison
from reporting.dimensions import IN_TIERS, Dimension
from reporting.funnel_query import Step
from reporting.measures import METRICS
from reporting.params import DEFAULT_LIMIT, MAX_LIMIT
from reporting.query import COUNTS, RATIOS, Granularity

Schema = dict[str, Any]


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


class FreshnessSerializer(serializers.Serializer[object]):
    """How far the events of the report have come; null: not known."""

    fresh_until = serializers.DateTimeField(allow_null=True)
    complete_until = serializers.DateTimeField(allow_null=True)
    reconciled_until = serializers.DateTimeField(allow_null=True)
    credited_until = serializers.DateTimeField(allow_null=True)
    stale = serializers.BooleanField(allow_null=True)


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
    freshness = FreshnessSerializer()

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
    _parameter("group_by", "what to break down by", many=True, enum=[*IN_TIERS, *Granularity]),
    _parameter("granularity", "time buckets", enum=list(Granularity)),
    *(_parameter(each.column, f"only these {each.value} values", many=True) for each in IN_TIERS),
    _parameter(
        "order",
        f"comma-separated: fields of a row, {', '.join((*COUNTS, *RATIOS))}; - means descending",
    ),
    _parameter("limit", f"1 to {MAX_LIMIT}, default {DEFAULT_LIMIT}", kind=OpenApiTypes.INT),
    _parameter("offset", "rows to skip", kind=OpenApiTypes.INT),
    _parameter("output", "json or csv (`format` means the same)", enum=["json", "csv"]),
]
Responses = dict[Any, Any]

_REFUSALS: Final[Responses] = {
    400: OpenApiResponse(description="a field is wrong; problem+json names it"),
    404: OpenApiResponse(description="no such tenant, or not yours"),
    503: OpenApiResponse(description="the analytics store is away; see Retry-After"),
}
RESPONSES: Final[Responses] = {
    (200, "application/json"): ReportSerializer,
    (200, "text/csv"): OpenApiTypes.STR,
    **_REFUSALS,
}


def _text(description: str, enum: Iterable[str] | None = None) -> Schema:
    schema: Schema = {"type": "string", "description": description}
    return schema if enum is None else {**schema, "enum": list(enum)}


def _whole(description: str, default: int | None = None) -> Schema:
    schema: Schema = {"type": "integer", "description": description}
    return schema if default is None else {**schema, "default": default}


def _list(items: Schema, description: str = "") -> Schema:
    return {"type": "array", "items": items, "description": description}


def _object(properties: Schema, required: Iterable[str] = ()) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    return {**schema, "required": list(required)} if required else schema


def _json(schema: Schema) -> dict[str, Schema]:
    return {"application/json": schema}


_NUMBER: Final[Schema] = {"type": "number", "nullable": True}
_ANYTHING: Final[Schema] = {"type": "object", "additionalProperties": True}
_WHEN: Final[Schema] = {
    "tenant_id": _whole("may be left out with an API key"),
    "from": _text("date, ISO 8601 datetime, or alone: today, this_month, last_7_days ..."),
    "to": _text("date or ISO 8601 datetime, not included; default: now"),
    "timezone": _text("IANA time zone; default: the tenant's"),
    "filters": {
        **_ANYTHING,
        "description": 'a test {"dimension", "operator", "values"}, or {"and": [...]}, '
        '{"or": [...]}, {"not": {...}} of such',
    },
    "min_sample": _whole("a ratio of fewer impressions is null", 100),
}
QUERY_BODY: Final = _json(
    _object(
        {
            **_WHEN,
            "metrics": _list({"type": "string", "enum": list(METRICS)}),
            "dimensions": _list({"type": "string", "enum": list(Dimension)}),
            "having": _list(
                _object(
                    {
                        "metric": _text("", METRICS),
                        "operator": _text("", Comparison),
                        "value": {"type": "number"},
                    }
                )
            ),
            "order_by": _list({"type": "string"}, "fields of a row or metrics; -: descending"),
            "limit": _whole(f"1 to {MAX_LIMIT}", DEFAULT_LIMIT),
            "offset": _whole("rows to skip", 0),
            "granularity": _text("time buckets", Granularity),
            "fill": {"type": "boolean", "description": "rows of zeros for empty buckets"},
            "compare": {
                "description": "a second period of which each row carries the figures",
                "oneOf": [
                    _text("", ["previous_period", "previous_year"]),
                    _object({"from": _text(""), "to": _text("")}),
                ],
            },
            "top_n": _whole("the first dimension's greatest values; the rest is other"),
            "top_by": _text("by this metric; default: the first one", METRICS),
            "attribution_model": _text("default: the tenant's rule", Model),
        },
        ["metrics"],
    )
)
_FRESHNESS: Final = _object(
    {
        **{
            name: {"type": "string", "format": "date-time", "nullable": True}
            for name in ("fresh_until", "complete_until", "reconciled_until", "credited_until")
        },
        "stale": {"type": "boolean", "nullable": True},
    }
)
_ANSWERED: Final[Schema] = {
    "tenant_id": _whole(""),
    "from": _text(""),
    "to": _text("not included"),
    "timezone": _text(""),
    "freshness": _FRESHNESS,
}
QUERY_RESPONSES: Final[Responses] = {
    (200, "application/json"): _object(
        {
            **_ANSWERED,
            "granularity": _text(""),
            "dimensions": _list(_text("")),
            "metrics": _list(_text("")),
            "approximate": _list(_text(""), "metrics that are estimates"),
            "attribution_model": {**_text(""), "nullable": True},
            "rows": _list(_ANYTHING, "fields, metrics, <proportion>_interval, comparison, change"),
            "totals": _ANYTHING,
            "comparison": {**_ANYTHING, "nullable": True},
            "next_offset": {**_whole(""), "nullable": True},
            "sources": _list(_text(""), "the tables that were read"),
        }
    ),
    **_REFUSALS,
}
FUNNEL_BODY: Final = _json(
    _object(
        {
            **_WHEN,
            "steps": _list({"type": "string", "enum": list(Step)}, "two or more, in this order"),
            "dimension": _text("a funnel of each value", Dimension),
            "window_seconds": _whole("from the first step to the last", 604_800),
            "strict_order": {"type": "boolean", "description": "no other step in between"},
            "limit": _whole("values of the dimension", 100),
        }
    )
)
_STEPS: Final = _list(
    _object(
        {
            "step": _text("", Step),
            "users": _whole(""),
            "rate": _NUMBER,
            "rate_interval": {"type": "array", "items": {"type": "number"}, "nullable": True},
            "rate_of_first": _NUMBER,
        }
    )
)
FUNNEL_RESPONSES: Final[Responses] = {
    (200, "application/json"): _object(
        {
            **_ANSWERED,
            "window_seconds": _whole(""),
            "strict_order": {"type": "boolean"},
            "dimension": {**_text(""), "nullable": True},
            "totals": _STEPS,
            "rows": _list(_object({"value": {}, "steps": _STEPS})),
            "events_without_user": _ANYTHING,
        }
    ),
    **_REFUSALS,
}
CATALOGUE_RESPONSES: Final[Responses] = {(200, "application/json"): _ANYTHING}
