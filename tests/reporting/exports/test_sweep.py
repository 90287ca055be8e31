"""What beat does: lost workers and tasks, old files, files without a row."""

from datetime import UTC, datetime, timedelta

import pytest

from adplatform.clients import objects
from reporting.exports import make, states, sweep
from reporting.models import ReportExport
from tests.factories.tenants import ApiKeyFactory
from tests.reporting.exports.conftest import row, tasks_waiting

pytestmark = pytest.mark.django_db


def ago(**past: float) -> datetime:
    """So long before this moment: a suite takes longer than some of these times."""
    return datetime.now(UTC) - timedelta(**past)


def test_one_that_lost_its_worker_is_queued_again(key, post):
    export_id = post(key).json()["id"]
    states.take(export_id, ago(seconds=601))
    sweep.sweep(ago())
    put_back = row(export_id)
    assert (put_back.state, put_back.error) == ("queued", sweep.LOST)
    assert tasks_waiting() == 2
    make.make(export_id)
    assert row(export_id).state == "done"


def test_one_whose_worker_lives_is_left_alone(key, post):
    export_id = post(key).json()["id"]
    states.take(export_id, ago(seconds=570))
    sweep.sweep(ago())
    assert row(export_id).state == "running"


def test_one_that_kills_every_worker_fails_in_the_end(key, post):
    export_id = post(key).json()["id"]
    for _ in range(states.ATTEMPTS):
        states.take(export_id, ago(hours=1))
        sweep.sweep(ago())
    failed = row(export_id)
    assert failed.state == "failed"
    assert failed.error == f"{sweep.LOST}, 5 times: ask for it again later"


def test_one_whose_task_was_lost_is_handed_out_again_once(key, post, clean_redis):
    export_id = post(key).json()["id"]
    clean_redis.flushdb()
    sweep.sweep(ago())
    assert tasks_waiting() == 0
    later = ago() + states.LATE + timedelta(minutes=1)
    sweep.sweep(later)
    sweep.sweep(later)
    assert tasks_waiting() == 1
    make.make(export_id)
    assert row(export_id).state == "done"


def test_an_old_file_is_deleted_and_its_record_stays(key, done):
    export = done(key)
    assert objects.exists(export.object_key)
    assert export.expires_at == export.finished_at + timedelta(days=7)
    sweep.sweep(export.expires_at - timedelta(seconds=1))
    assert row(export.pk).state == "done"
    sweep.sweep(export.expires_at)
    assert (row(export.pk).state, row(export.pk).rows) == ("expired", 0)
    assert objects.list_keys("exports/") == []


def test_files_of_removed_tenants_and_given_up_workers_are_deleted(key, done, post):
    kept, removed = done(key), done(ApiKeyFactory())
    running = states.take(post(key).json()["id"], ago())
    assert running is not None
    removed.tenant.delete()
    objects.put(kept.object_key_of(7), b"of a worker that was given up")
    objects.put(running.object_key, b"on its way")
    objects.put("exports/strange", b"?")
    assert sweep.remove_orphans() == 3
    assert objects.list_keys("exports/") == sorted([kept.object_key, running.object_key])
    assert ReportExport.across_tenants.count() == 2
