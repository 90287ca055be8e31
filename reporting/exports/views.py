"""``/api/report/exports/``: ask for an export, see its state, fetch its file."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, NotFound, PermissionDenied, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.objects import ObjectStoreUnavailable, Pieces
from reporting import access, params
from reporting.exports import ask, documentation, download, states
from reporting.exports.documentation import ExportListSerializer, ExportSerializer
from reporting.exports.states import State
from reporting.models import ReportExport
from tenants.keys import Caller

LISTED: Final = 100
POLL_SECONDS: Final = "2"
OWN_FIELDS: Final = ("tenant_id", "bom")  # of the body, the others are the query's


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

    parser_classes = [JSONParser]

    @extend_schema(
        operation_id="report_export_create",
        parameters=[documentation.TENANT, documentation.IDEMPOTENCY_KEY],
        request=OpenApiTypes.OBJECT,
        responses=documentation.ASK_RESPONSES,
    )
    def post(self, request: Request) -> Response:
        """Queue an export of a query's rows as CSV; the body is the query's."""
        body = _object(request.data)
        export = _asked(request, body, _tenant(request, body))
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
        rows = ReportExport.objects.for_tenant(_tenant(request, {}))[:LISTED]
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


def _asked(request: Request, body: dict[str, Any], tenant_id: int) -> ReportExport:
    bom = body.get("bom", False)
    key = request.headers.get("Idempotency-Key") or None
    wrong = {}
    if not isinstance(bom, bool):
        wrong["bom"] = "must be true or false"
    if key is not None and (len(key) > ask.KEY_CHARS or not key.isprintable()):
        wrong["Idempotency-Key"] = f"at most {ask.KEY_CHARS} printable characters"
    if wrong:
        raise ValidationError(wrong)
    try:
        return ask.ask(
            tenant_id=tenant_id,
            query={name: value for name, value in body.items() if name not in OWN_FIELDS},
            bom=bom,
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


def _tenant(request: Request, body: dict[str, Any]) -> int:
    named = [str(body["tenant_id"])] if "tenant_id" in body else []
    try:
        return access.tenant_of(request, named).tenant_id
    except params.BadParameters as exc:
        raise ValidationError(exc.errors) from exc
    except access.NotYours as exc:
        raise NotFound("not found") from exc
    except access.ScopeMissing as exc:
        raise PermissionDenied(str(exc)) from exc


def _export(request: Request, export_id: UUID) -> ReportExport:
    """Another tenant's is not found, like one that does not exist."""
    try:
        allowed = access.tenants_of(request)
    except access.ScopeMissing as exc:
        raise PermissionDenied(str(exc)) from exc
    found = ReportExport.objects.for_tenants(allowed).filter(pk=export_id).first()
    if found is None:
        raise NotFound("not found")
    return found


def _object(data: object) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValidationError({"body": "must be a JSON object"})
    return data


def _who(request: Request) -> str:
    if isinstance(request.auth, Caller):
        return f"API key {request.auth.key_prefix}"
    return f"user {request.user.get_username()}"
