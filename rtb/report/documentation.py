"""What the published schema says of the bidding reports."""

from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from rtb.reasons import NoBid
from rtb.report.ask import DEFAULT_LIMIT, By
from rtb.report.figures import Figures
from rtb.report.parse import LONGEST_PERIOD, MAX_LIMIT

Schema = dict[str, Any]


def _parameter(
    name: str, description: str, kind: OpenApiTypes = OpenApiTypes.STR
) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=description)


_SHARED: Final = [
    _parameter("tenant_id", "may be left out with an API key", OpenApiTypes.INT),
    _parameter(
        "start",
        "date in the account's time zone or ISO 8601 datetime; default: 7 days before `end`; "
        f"at most {LONGEST_PERIOD.days} days",
    ),
    _parameter("end", "likewise, not included; default: now"),
    _parameter("limit", f"1 to {MAX_LIMIT}, default {DEFAULT_LIMIT}", OpenApiTypes.INT),
]
_NARROWED: Final = [
    _parameter("line_item_id", "only this one", OpenApiTypes.INT),
    _parameter("ssp_id", "only this exchange", OpenApiTypes.INT),
]
SUMMARY_PARAMETERS: Final = [
    *_SHARED,
    *_NARROWED,
    OpenApiParameter(
        "group_by",
        OpenApiTypes.STR,
        description="what to break down by",
        many=True,
        enum=list(By),
        explode=False,
    ),
]
REASONS_PARAMETERS: Final = [*_SHARED, *_NARROWED]
SUMMARY_FIELDS: Final = frozenset(each.name for each in SUMMARY_PARAMETERS)
REASONS_FIELDS: Final = frozenset(each.name for each in REASONS_PARAMETERS)

_WHOLE: Final[Schema] = {"type": "integer"}
_NUMBER: Final[Schema] = {"type": "number", "nullable": True}
_SPECIAL: Final[dict[str, Schema]] = {
    "requests": {**_WHOLE, "nullable": True},
    "requests_bid_on": {**_WHOLE, "nullable": True},
    "win_rate_interval": {"type": "array", "items": {"type": "number"}, "nullable": True},
    "losses": {"type": "object", "additionalProperties": _WHOLE},
}
_COUNTS: Final = frozenset({"bids", "wins", "billings", "late_billings"})
_FIGURES: Final = {
    name: _SPECIAL.get(name, _WHOLE if name in _COUNTS else _NUMBER)
    for name in Figures.__struct_fields__
}
_STAGES: Final[Schema] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "reason": {"type": "string", "enum": [each.value for each in NoBid]},
            "count": _WHOLE,
        },
    },
}
_ABOUT: Final = {
    "tenant_id": _WHOLE,
    "start": {"type": "string", "format": "date-time"},
    "end": {"type": "string", "format": "date-time", "description": "not included"},
    "timezone": {"type": "string"},
}


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties}


def _rows(properties: Schema) -> Schema:
    return {"type": "array", "items": _object(properties)}


def _responses(properties: Schema) -> dict[Any, Any]:
    return {
        (200, "application/json"): _object({**_ABOUT, **properties}),
        400: OpenApiResponse(description="a parameter is wrong; problem+json names it"),
        404: OpenApiResponse(description="no such tenant, or not yours"),
        503: OpenApiResponse(description="the analytics store is away; see Retry-After"),
    }


SUMMARY_RESPONSES: Final = _responses(
    {
        "group_by": {"type": "array", "items": {"type": "string", "enum": list(By)}},
        "totals": _object(_FIGURES),
        "rows": _rows({**{each.field: {} for each in By}, **_FIGURES}),
    }
)
REASONS_RESPONSES: Final = _responses(
    {
        "requests": _rows({"ssp_id": _WHOLE, "requests": _WHOLE, "reasons": _STAGES}),
        "rows": _rows(
            {
                **dict.fromkeys(
                    ("line_item_id", "creative_id", "ssp_id", "eligible", "bids"), _WHOLE
                ),
                "reasons": _STAGES,
            }
        ),
    }
)
