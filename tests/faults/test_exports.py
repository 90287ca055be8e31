"""Exports under fire: a worker that is killed at work, and a report of a million rows."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from adplatform.clients import clickhouse, objects
from reporting.exports import sweep
from reporting.models import ReportExport
from tests.factories.tenants import ApiKeyFactory, TenantFactory
from tests.live import PROJECT, environment, wait

pytestmark = [pytest.mark.fault, pytest.mark.slow_fault]

BODY = {
    "from": "2026-11-01",
    "to": "2026-12-01",
    "metrics": ["impressions", "clicks", "conversions", "revenue_cents", "ctr"],
    "dimensions": ["ad_id", "campaign"],
}
MAKE = """
import resource, sys
import django
django.setup()
from uuid import UUID
from reporting.exports import make
make.make(UUID(sys.argv[1]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
MEBIBYTE = 1024**2
STEP = 50_000


@pytest.fixture
def key(transactional_db, event_store, clean_redis, settings, tmp_path):
    settings.OBJECT_STORE_URL = f"file://{tmp_path}/objects"
    return ApiKeyFactory(tenant=TenantFactory(timezone="UTC"))


@pytest.fixture
def env(key, settings):
    return environment(0, OBJECT_STORE_URL=settings.OBJECT_STORE_URL)


@pytest.fixture
def ask(client, key):
    def post() -> ReportExport:
        answer = client.post(
            "/api/report/exports/",
            json.dumps(BODY),
            content_type="application/json",
            headers={"Authorization": f"Bearer {key.text}"},
        )
        return ReportExport.across_tenants.get(pk=answer.json()["id"])

    return post


def fill(tenant_id: int, rows: range) -> None:
    """So many impressions, each of another combination."""
    for start in range(rows.start, rows.stop, STEP):
        count = min(STEP, rows.stop - start)
        clickhouse.command(
            "INSERT INTO ad_events_raw"
            " (event_time, event_id, tenant_id, event_type, campaign_id, ad_id)"
            " SELECT toDateTime64('2026-11-20 12:00:00', 3, 'UTC'), generateUUIDv4(number),"
            f" {tenant_id}, 'IMPRESSION', number % 50, concat(toString(number), '-7')"
            f" FROM numbers({start}, {count})"
        )


@contextmanager
def worker(env, log):
    """A Celery worker with its children in a process group of its own."""
    command = [sys.executable, "-m", "celery", "-A", "adplatform", "worker", "--concurrency", "1"]
    with log.open("ab") as out:
        running = subprocess.Popen(
            command, cwd=PROJECT, env=env, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield running
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()


def state_of(export):
    export.refresh_from_db()
    return export.state


def test_an_export_whose_worker_is_killed_is_made_by_the_next(key, ask, env, tmp_path):
    fill(key.tenant_id, range(200_000))
    log = tmp_path / "worker.log"
    export = ask()
    with worker(env, log) as first:
        wait(lambda: state_of(export) == "running", f"never taken: {log}")
        time.sleep(0.5)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert state_of(export) == "running"
    with worker(env, log):
        time.sleep(3)
        assert state_of(export) == "running"
        sweep.sweep(datetime.now(UTC) + timedelta(seconds=601))
        assert (state_of(export), export.error) == ("queued", sweep.LOST)
        wait(lambda: state_of(export) == "done", f"never done: {log}", seconds=90)
    assert (export.attempts, export.rows, export.error) == (2, 200_000, "")
    sweep.remove_orphans()
    assert objects.list_keys("exports/") == [export.object_key]


def test_a_million_rows_take_no_more_memory_than_a_thousand(key, ask, env):
    sizes = []
    for rows in (range(1000), range(1000, 1_000_000)):
        fill(key.tenant_id, rows)
        export = ask()
        done = subprocess.run(
            [sys.executable, "-c", MAKE, str(export.pk)],
            cwd=PROJECT, env=env, check=True, capture_output=True, text=True,
        )  # fmt: skip
        assert state_of(export) == "done", export.error
        sizes.append(int(done.stdout.split()[-1]) * 1024 / MEBIBYTE)
    assert sizes[1] - sizes[0] < 40
