"""``GET /api/report/summary/``: a report of one tenant as JSON or CSV."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import (
    APIException,
    NotFound,
    PermissionDenied,
    ValidationError,
)
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from adplatform.clients.clickhouse import ClickHouseUnavailable
from adplatform.clients.errors import EngineNotRunning
from reporting import access, documentation, exports, params, report
from reporting.query import ReportQuery
from reporting.result import Report


class AnalyticsAway(APIException):
    """ClickHouse did not answer."""

    status_code = 503
    default_detail = "the analytics store does not answer; try again in a few seconds"
    wait: Final = 5  # becomes Retry-After


class FirstRenderer(BaseContentNegotiation):
    """``format`` is a parameter of the report here, not of Django REST framework."""

    def select_parser(self, _request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, _request: Request, renderers: Any, _format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class SummaryView(APIView):
    """Impressions, clicks, conversions and what they are worth."""

    content_negotiation_class = FirstRenderer

    @extend_schema(
        operation_id="report_summary",
        parameters=documentation.PARAMETERS,
        responses=documentation.RESPONSES,
    )
    def get(self, request: Request) -> HttpResponse:
        """Sums and ratios of the tenant's events, broken down as asked."""
        tenant = _tenant(request)
        query, output = _query(request, tenant)
        answer = _summary(query)
        return _csv(answer, query) if output == "csv" else _json(answer)


def _tenant(request: Request) -> access.TenantTime:
    try:
        return access.tenant_of(request)
    except access.NotYours as exc:
        raise NotFound("not found") from exc
    except access.ScopeMissing as exc:
        raise PermissionDenied(str(exc)) from exc
    except params.BadParameters as exc:
        raise ValidationError(exc.errors) from exc


def _query(request: Request, tenant: access.TenantTime) -> tuple[ReportQuery, str]:
    fields = dict(request.query_params.lists())
    try:
        output = params.output(fields)
        query = params.parse(
            fields, tenant_id=tenant.tenant_id, default_tz=tenant.timezone, now=datetime.now(UTC)
        )
    except params.BadParameters as exc:
        raise ValidationError(exc.errors) from exc
    return query, output


def _summary(query: ReportQuery) -> Report:
    try:
        return report.summary(query)
    except (ClickHouseUnavailable, EngineNotRunning) as exc:
        raise AnalyticsAway from exc


def _json(answer: Report) -> HttpResponse:
    response = HttpResponse(msgspec.json.encode(answer), content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response


def _csv(answer: Report, query: ReportQuery) -> HttpResponse:
    response = HttpResponse(exports.to_csv(answer, query), content_type="text/csv; charset=utf-8")
    name = f"report-{query.tenant_id}-{query.start:%Y%m%d}-{query.end:%Y%m%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
