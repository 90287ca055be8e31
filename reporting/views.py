"""The doors of the reports: summary, query, funnel and what can be asked."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import UnsupportedMediaType, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from adplatform.clients.clickhouse import ClickHouseUnavailable
from adplatform.clients.errors import EngineNotRunning
from adplatform.problems import AnalyticsAway
from reporting import documentation, exports, params, parse
from reporting.answer import ComparisonNotKept, answer
from reporting.ask import TooMuch
from reporting.body import FunnelBody, QueryBody, decode
from reporting.catalogue import catalogue
from reporting.defaults import defaults, retention_days
from reporting.funnel import funnel
from reporting.query import ReportQuery
from reporting.reading import TooManyBuckets
from reporting.report import summary
from reporting.result import Report
from reporting.source import NotKept
from tenants.report_access import TenantTime, tenant_of

Body = TypeVar("Body", QueryBody, FunnelBody)
Result = TypeVar("Result")


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
        tenant = tenant_of(request)
        query, output = _summary_query(request, tenant)
        report = _answered(lambda: summary(query))
        return _csv(report, query) if output == "csv" else _json(report)


class QueryView(APIView):
    """Any metrics by any dimensions, filtered, compared, with gaps filled."""

    content_negotiation_class = FirstRenderer

    @extend_schema(
        operation_id="report_query",
        request=documentation.QUERY_BODY,
        responses=documentation.QUERY_RESPONSES,
    )
    def post(self, request: Request) -> HttpResponse:
        """One report; the body says what it shows."""
        body = _body(request, QueryBody)
        tenant = tenant_of(request, _texts(body.tenant_id))
        query = _checked(lambda: parse.query(body, defaults(tenant)))
        return _json(_answered(lambda: answer(query)))


class FunnelView(APIView):
    """How many users came from the impression to the conversion."""

    content_negotiation_class = FirstRenderer

    @extend_schema(
        operation_id="report_funnel",
        request=documentation.FUNNEL_BODY,
        responses=documentation.FUNNEL_RESPONSES,
    )
    def post(self, request: Request) -> HttpResponse:
        """Users by step, in all and by value of a dimension."""
        body = _body(request, FunnelBody)
        tenant = tenant_of(request, _texts(body.tenant_id))
        query = _checked(lambda: parse.funnel(body, defaults(tenant)))
        return _json(_answered(lambda: funnel(query)))


class SchemaView(APIView):
    """What reports can be asked for."""

    content_negotiation_class = FirstRenderer

    @extend_schema(operation_id="report_schema", responses=documentation.CATALOGUE_RESPONSES)
    def get(self, _request: Request) -> HttpResponse:
        """Metrics, dimensions, granularities, limits, and how long events are kept."""
        return _json(catalogue(retention_days()))


def _texts(tenant_id: int | None) -> list[str]:
    return [] if tenant_id is None else [str(tenant_id)]


def _body(request: Request, shape: type[Body]) -> Body:
    if request.content_type.partition(";")[0].strip() != "application/json":
        raise UnsupportedMediaType(request.content_type or "")
    return _checked(lambda: decode(request.body, shape))


def _checked(read: Callable[[], Result]) -> Result:
    try:
        return read()
    except params.BadParameters as exc:
        raise ValidationError(exc.errors) from exc


def _summary_query(request: Request, tenant: TenantTime) -> tuple[ReportQuery, str]:
    fields = dict(request.query_params.lists())
    output = _checked(lambda: params.output(fields))
    query = _checked(
        lambda: params.parse(
            fields, tenant_id=tenant.tenant_id, default_tz=tenant.timezone, now=datetime.now(UTC)
        )
    )
    return query, output


def _answered(report: Callable[[], Result]) -> Result:
    try:
        return report()
    except (ClickHouseUnavailable, EngineNotRunning) as exc:
        raise AnalyticsAway from exc
    except ComparisonNotKept as exc:
        raise ValidationError({"compare": str(exc)}) from exc
    except (NotKept, TooMuch) as exc:
        raise ValidationError({"from": str(exc)}) from exc
    except TooManyBuckets as exc:
        raise ValidationError({"granularity": str(exc)}) from exc


def _json(result: object) -> HttpResponse:
    response = HttpResponse(msgspec.json.encode(result), content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response


def _csv(report: Report, query: ReportQuery) -> HttpResponse:
    response = HttpResponse(exports.to_csv(report, query), content_type="text/csv; charset=utf-8")
    name = f"report-{query.tenant_id}-{query.start:%Y%m%d}-{query.end:%Y%m%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
