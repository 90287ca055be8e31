"""Exports of one tenant with events, on the real engines."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from adplatform.clients import clickhouse, objects, redis
from events import store
from events.columns import build
from events.plan import Bounds
from events.records import Arrived
from reporting.exports import make
from reporting.models import ReportExport
from tests.events.builders import an_event
from tests.factories.tenants import ApiKeyFactory, TenantFactory

URL = "/api/report/exports/"
DAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
BODY = {
    "from": "2026-11-01",
    "to": "2026-12-01",
    "metrics": ["impressions", "clicks", "ctr"],
    "dimensions": ["ad_id"],
}


@pytest.fixture
def key(event_store, clean_redis, settings, tmp_path):
    settings.OBJECT_STORE_URL = f"file://{tmp_path}/objects"
    return ApiKeyFactory(tenant=TenantFactory(timezone="UTC"))


@pytest.fixture
def keep():
    """Store impressions of these ad_ids."""

    def store_ads(key, *ad_ids):
        batch = [
            Arrived(an_event(tenant_id=key.tenant_id, ts=DAY, ad_id=ad_id), offset)
            for offset, ad_id in enumerate(ad_ids)
        ]
        clickhouse.insert_columns(
            "ad_events_raw",
            build(batch, Bounds(uuid4().hex, 0, 0, len(batch))),
            settings=store.INSERT_SETTINGS,
        )

    return store_ads


@pytest.fixture
def post(client, django_capture_on_commit_callbacks):
    def send(key, body: Any = BODY, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            named["Authorization"] = f"Bearer {key.text}"
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(
                URL,
                body if isinstance(body, str) else json.dumps(body),
                content_type="application/json",
                headers=named,
            )

    return send


@pytest.fixture
def get(client):
    def fetch(key, path="", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.get(
            path if path.startswith("/") else URL + path,
            headers={"Authorization": f"Bearer {key.text}"} | named,
        )

    return fetch


@pytest.fixture
def done(post, keep):
    """An export that is made, of these ad_ids."""

    def export(key, *ad_ids, **body) -> ReportExport:
        if ad_ids:
            keep(key, *ad_ids)
        made = post(key, BODY | body).json()
        make.make(made["id"])
        return row(made["id"])

    return export


def row(export_id) -> ReportExport:
    return ReportExport.across_tenants.get(pk=export_id)


def text_of(export: ReportExport) -> str:
    packed = objects.get(export.object_key)
    assert packed is not None
    return gzip.decompress(packed).decode()


def tasks_waiting() -> int:
    return int(redis.client().llen("celery"))
