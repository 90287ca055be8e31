"""The doors of the bidding reports."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from adplatform.clients.clickhouse import ClickHouseUnavailable
from adplatform.clients.errors import EngineNotRunning
from adplatform.problems import AnalyticsAway
from rtb.report import documentation
from rtb.report.funnel import funnel
from rtb.report.parse import Asked, BadParameters, parse
from rtb.report.summary import Row, summary
from tenants.report_access import TenantTime, tenant_of

Result = TypeVar("Result")


class BiddingView(APIView):
    """Bids, wins, what they cost and were worth."""

    @extend_schema(
        operation_id="report_rtb",
        parameters=documentation.SUMMARY_PARAMETERS,
        responses=documentation.SUMMARY_RESPONSES,
    )
    def get(self, request: Request) -> HttpResponse:
        """The tenant's bidding at exchanges, broken down as asked."""
        tenant = tenant_of(request)
        asked = _asked(request, tenant, documentation.SUMMARY_FIELDS)
        tz = ZoneInfo(tenant.timezone)
        found = _answered(
            lambda: summary(
                tenant.tenant_id,
                asked.start,
                asked.end,
                asked.by,
                tz=tz,
                limit=asked.limit,
                line_item_id=asked.line_item_id,
                ssp_id=asked.ssp_id,
            )
        )
        about = {**_about(tenant, asked), "group_by": asked.by}
        return _json({**about, "totals": found.totals, "rows": [_flat(row) for row in found.rows]})


class ReasonsView(APIView):
    """Why there was no bid."""

    @extend_schema(
        operation_id="report_rtb_reasons",
        parameters=documentation.REASONS_PARAMETERS,
        responses=documentation.REASONS_RESPONSES,
    )
    def get(self, request: Request) -> HttpResponse:
        """For each line item, creative and exchange, in the order of the rules."""
        tenant = tenant_of(request)
        asked = _asked(request, tenant, documentation.REASONS_FIELDS)
        found = _answered(
            lambda: funnel(
                tenant.tenant_id,
                asked.line_item_id,
                asked.start,
                asked.end,
                ssp_id=asked.ssp_id,
                limit=asked.limit,
            )
        )
        return _json({**_about(tenant, asked), "requests": found.requests, "rows": found.rows})


def _asked(request: Request, tenant: TenantTime, known: frozenset[str]) -> Asked:
    fields = dict(request.query_params.lists())
    try:
        return parse(fields, known, ZoneInfo(tenant.timezone), datetime.now(UTC))
    except BadParameters as exc:
        raise ValidationError(exc.errors) from exc


def _about(tenant: TenantTime, asked: Asked) -> dict[str, object]:
    tz = ZoneInfo(tenant.timezone)
    return {
        "tenant_id": tenant.tenant_id,
        "start": asked.start.astimezone(tz),
        "end": asked.end.astimezone(tz),
        "timezone": tenant.timezone,
    }


def _flat(row: Row) -> dict[str, object]:
    return {**row.by, **msgspec.structs.asdict(row.figures)}


def _answered(report: Callable[[], Result]) -> Result:
    try:
        return report()
    except (ClickHouseUnavailable, EngineNotRunning) as exc:
        raise AnalyticsAway from exc


def _json(result: object) -> HttpResponse:
    response = HttpResponse(msgspec.json.encode(result), content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response
