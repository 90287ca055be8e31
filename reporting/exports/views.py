"""``/api/report/exports/``: ask for an export, see its state, fetch its file."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import (
    APIException,
    NotFound,
    UnsupportedMediaType,
    ValidationError,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.objects import ObjectStoreUnavailable, Pieces
from reporting import params
from reporting.body import QueryBody, decode
from reporting.exports import ask, documentation, download, states
from reporting.exports.documentation import ExportListSerializer, ExportSerializer
from reporting.exports.states import State
from reporting.models import ReportExport
from tenants.keys import Caller
from tenants.report_access import tenant_of, tenants_of

LISTED: Final = 100
POLL_SECONDS: Final = "2"
OWN_FIELDS: Final = ("tenant_id", "bom")  # of the body, the others are the query's


class ExportBody(QueryBody, forbid_unknown_fields=True, kw_only=True):
    """The body of POST /api/report/query/, and what the file is to be like."""

    bom: bool = False


class Conflict(APIException):
    status_code = 409
    default_detail = "not in this state"


class Gone(APIException):
    status_code = 410
    default_detail = "the file has expired; ask for a new export"


class Busy(APIException):
    status_code = 429
    default_detail = "too many exports are under way"
    wait: Final = 30  # becomes Retry-After


class StoreAway(APIException):
    status_code = 503
    default_detail = "the object store does not answer; try again in a few seconds"
    wait: Final = 5


class Download(StreamingHttpResponse):
    """Closes the object when the client is gone, also before its first byte."""

    def __init__(self, pieces: Pieces, content: Iterator[bytes]) -> None:
        super().__init__(content, content_type="text/csv; charset=utf-8")
        self._pieces = pieces

    def close(self) -> None:
        super().close()
        self._pieces.close()


class ExportsView(APIView):
    """Ask for an export, or list the latest."""

    @extend_schema(
        operation_id="report_export_create",
        parameters=[documentation.TENANT, documentation.IDEMPOTENCY_KEY],
        request=documentation.EXPORT_BODY,
        responses=documentation.ASK_RESPONSES,
    )
    def post(self, request: Request) -> Response:
        """Queue an export of a query's rows as CSV; the body is the query's."""
        body = _body(request)
        named = [] if body.tenant_id is None else [str(body.tenant_id)]
        export = _asked(request, body, tenant_of(request, named).tenant_id)
        answer = Response(ExportSerializer(export).data, status=202)
        answer["Location"] = answer.data["status_url"]
        answer["Retry-After"] = POLL_SECONDS
        return answer

    @extend_schema(
        operation_id="report_export_list",
        parameters=[documentation.TENANT],
        responses=documentation.LIST_RESPONSES,
    )
    def get(self, request: Request) -> Response:
        """The tenant's latest exports: who exported what, and when."""
        rows = ReportExport.objects.for_tenant(tenant_of(request).tenant_id)[:LISTED]
        return Response(ExportListSerializer({"exports": rows}).data)


class ExportView(APIView):
    """One export."""

    @extend_schema(operation_id="report_export", responses=documentation.STATUS_RESPONSES)
    def get(self, request: Request, export_id: UUID) -> Response:
        """Its state; ask every few seconds until it is done or failed."""
        return Response(ExportSerializer(_export(request, export_id)).data)


class DownloadView(APIView):
    """The file of one export."""

    @extend_schema(
        operation_id="report_export_download", responses=documentation.DOWNLOAD_RESPONSES
    )
    def get(self, request: Request, export_id: UUID) -> StreamingHttpResponse:
        """The CSV, with Content-Encoding gzip where the client takes it."""
        export = _export(request, export_id)
        if export.state == State.EXPIRED:
            raise Gone
        if export.state != State.DONE:
            raise Conflict(f"this export is {export.state}; {export.error or 'wait until done'}")
        answer = _file(request, export)
        states.downloaded(export, _who(request), datetime.now(UTC))
        return answer


def _file(request: Request, export: ReportExport) -> StreamingHttpResponse:
    try:
        pieces = download.packed(export)
    except (ObjectStoreUnavailable, EngineNotRunning) as exc:
        raise StoreAway from exc
    if pieces is None:
        raise Gone
    as_it_is = download.takes_gzip(request.headers.get("Accept-Encoding", ""))
    answer = Download(pieces, pieces if as_it_is else download.unpacked(pieces))
    if as_it_is:
        answer["Content-Encoding"] = "gzip"
        answer["Content-Length"] = str(export.bytes)
    answer["Vary"] = "Accept-Encoding"
    answer["Content-Disposition"] = f'attachment; filename="report-{export.pk}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def _asked(request: Request, body: ExportBody, tenant_id: int) -> ReportExport:
    key = request.headers.get("Idempotency-Key") or None
    if key is not None and (len(key) > ask.KEY_CHARS or not key.isprintable()):
        raise ValidationError({"Idempotency-Key": f"at most {ask.KEY_CHARS} printable characters"})
    asked: dict[str, Any] = json.loads(request.body)
    try:
        return ask.ask(
            tenant_id=tenant_id,
            query={name: value for name, value in asked.items() if name not in OWN_FIELDS},
            bom=body.bom,
            requested_by=_who(request),
            idempotency_key=key,
            now=datetime.now(UTC),
        )
    except params.BadParameters as exc:
        raise ValidationError(exc.errors) from exc
    except ask.KeyUsed as exc:
        raise Conflict(str(exc)) from exc
    except ask.TooMany as exc:
        raise Busy(str(exc)) from exc


def _export(request: Request, export_id: UUID) -> ReportExport:
    """Another tenant's is not found, like one that does not exist."""
    found = ReportExport.objects.for_tenants(tenants_of(request)).filter(pk=export_id).first()
    if found is None:
        raise NotFound("not found")
    return found


def _body(request: Request) -> ExportBody:
    if request.content_type.partition(";")[0].strip() != "application/json":
        raise UnsupportedMediaType(request.content_type or "")
    try:
        return decode(request.body, ExportBody)
    except params.BadParameters as exc:
        raise ValidationError(exc.errors) from exc


def _who(request: Request) -> str:
    if isinstance(request.auth, Caller):
        return f"API key {request.auth.key_prefix}"
    return f"user {request.user.get_username()}"
