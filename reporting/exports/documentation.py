"""What OpenAPI says about exports, and how one is shown."""

from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from reporting.documentation import QUERY_BODY
from reporting.exports.source import NOT_HERE
from reporting.exports.states import State
from reporting.models import ReportExport


class ExportSerializer(serializers.Serializer[ReportExport]):
    """An export: its state, its size, and where its file is once it is done."""

    id = serializers.UUIDField()
    tenant_id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=State.choices)
    error = serializers.CharField(help_text="in words, while queued again or when failed")
    rows = serializers.IntegerField(help_text="so far, or in the file")
    bytes = serializers.IntegerField(help_text="of the compressed file")
    attempts = serializers.IntegerField()
    query = serializers.JSONField()
    requested_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    downloads = serializers.IntegerField()
    last_downloaded_by = serializers.CharField()
    last_downloaded_at = serializers.DateTimeField(allow_null=True)
    status_url = serializers.SerializerMethodField()
    download_url = serializers.SerializerMethodField()

    def get_status_url(self, export: ReportExport) -> str:
        """Where to ask again."""
        return _url(export)

    def get_download_url(self, export: ReportExport) -> str | None:
        """Null until there is a file, and after it expired."""
        return f"{_url(export)}download/" if export.state == State.DONE else None


class ExportListSerializer(serializers.Serializer[Any]):
    """The latest exports of a tenant: who exported what."""

    exports = ExportSerializer(many=True)


def _url(export: ReportExport) -> str:
    return f"/api/report/exports/{export.pk}/"


def _export_body() -> dict[str, Any]:
    """The query's body, less what an export has no use for, and what the file is to be like."""
    (schema,) = QUERY_BODY.values()
    kept = {name: each for name, each in schema["properties"].items() if name not in NOT_HERE}
    bom = {
        "type": "boolean",
        "default": False,
        "description": "begin the file with a byte order mark, so that Excel reads UTF-8",
    }
    return {"application/json": {**schema, "properties": {**kept, "bom": bom}}}


EXPORT_BODY: Final = _export_body()
TENANT: Final = OpenApiParameter(
    "tenant_id", OpenApiTypes.INT, description="may be left out with an API key"
)
IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="at most 200 characters; the same key and body give the same export",
)
NOT_FOUND: Final = OpenApiResponse(description="no such export, or not yours")
ASK_RESPONSES: Final = {
    202: ExportSerializer,
    400: OpenApiResponse(description="the query is wrong; problem+json names the fields"),
    404: OpenApiResponse(description="no such tenant, or not yours"),
    409: OpenApiResponse(description="the Idempotency-Key was used for another query"),
    429: OpenApiResponse(description="too many exports under way; see Retry-After"),
}
STATUS_RESPONSES: Final = {200: ExportSerializer, 404: NOT_FOUND}
LIST_RESPONSES: Final = {200: ExportListSerializer}
DOWNLOAD_RESPONSES: Final = {
    (200, "text/csv"): OpenApiTypes.BINARY,
    404: NOT_FOUND,
    409: OpenApiResponse(description="it is not done: the detail says its state"),
    410: OpenApiResponse(description="the file has expired; ask for a new export"),
    503: OpenApiResponse(description="the object store is away; see Retry-After"),
}
