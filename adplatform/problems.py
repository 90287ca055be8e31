"""Errors of the Django REST views as application/problem+json (RFC 9457)."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE: Final = "application/problem+json"


class AnalyticsAway(APIException):
    """ClickHouse did not answer."""

    status_code = 503
    default_detail = "the analytics store does not answer; try again in a few seconds"
    wait: Final = 5  # becomes Retry-After


def problem_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler decides status and headers; the body becomes a problem."""
    response = exception_handler(exc, context)
    if response is None:
        return None
    detail = getattr(exc, "detail", None)
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": response.status_text,
        "status": response.status_code,
        "detail": "" if isinstance(detail, Mapping | list) or detail is None else str(detail),
    }
    if isinstance(exc, ValidationError) and isinstance(exc.detail, Mapping):
        body["detail"] = "; ".join(f"{name}: {_first(text)}" for name, text in exc.detail.items())
        body["errors"] = [
            {"field": name, "message": _first(text)} for name, text in exc.detail.items()
        ]
    elif not isinstance(exc, APIException):
        body["detail"] = "not found" if response.status_code == 404 else str(exc)  # noqa: PLR2004
    response.data = body
    response.content_type = MEDIA_TYPE
    return response


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such path: a problem below /api/, Django's page elsewhere."""
    if not request.path.startswith("/api/"):
        return defaults.page_not_found(request, exception)
    body = {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "not found"}
    return JsonResponse(body, status=404, content_type=MEDIA_TYPE)


def _first(detail: Any) -> str:
    return str(detail[0]) if isinstance(detail, list) and detail else str(detail)
