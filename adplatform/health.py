"""`/healthz`, `/readyz` and `/metrics` for operators and load balancers."""

import os
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from adplatform.clients import clickhouse, kafka
from adplatform.clients import redis as redis_client
from adserving import refresh


def healthz(_: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


def readyz(_: HttpRequest) -> HttpResponse:
    """200 when this process can serve and every engine answers, else 503 naming what does not."""
    checks = {name: _outcome(check) for name, check in CHECKS.items()}
    ready = all(outcome == "ok" for outcome in checks.values())
    body = {"status": "ready" if ready else "not ready", "checks": checks}
    return JsonResponse(body, status=200 if ready else 503)


def metrics_page(_: HttpRequest) -> HttpResponse:
    """Prometheus text format; of all worker processes when PROMETHEUS_MULTIPROC_DIR is set."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _outcome(check: Callable[[], object]) -> str:
    try:
        check()
    except Exception as exc:  # noqa: BLE001 - whatever fails is what the operator must read
        return f"{type(exc).__name__}: {exc}".strip()[:300]
    return "ok"


def _postgres() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _clickhouse() -> None:
    clickhouse.query("SELECT count() FROM ad_events_minute_agg WHERE tenant_id = 0")


def _kafka() -> None:
    if not kafka.cluster_ready(timeout=2.0):
        raise ConnectionError("the broker does not answer")


CHECKS: dict[str, Callable[[], object]] = {
    "snapshot": refresh.current,
    "postgres": _postgres,
    "redis": lambda: redis_client.call("ping", lambda client: client.ping()),
    "kafka": _kafka,
    "clickhouse": _clickhouse,
}
