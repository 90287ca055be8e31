"""Making an export: retried while an engine is away, failed with words, taken by one worker."""

from uuid import UUID

import pytest
from django.db.models import F

from adplatform.clients import clickhouse, objects
from reporting.exports import make, states
from reporting.models import ReportExport
from tests.reporting.exports.conftest import BODY, DAY, row, tasks_waiting, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def away(settings):
    clickhouse.disconnect()
    settings.CLICKHOUSE_URL = "clickhouse://127.0.0.1:1/default"


def test_it_is_made_once(key, done):
    export = done(key, "1", "2")
    finished = export.finished_at
    make.make(export.pk)
    assert (row(export.pk).finished_at, export.attempts, export.rows) == (finished, 1, 2)
    assert text_of(export).count("\r\n") == 3


def test_an_unknown_id_is_nothing(key):
    make.make(UUID(int=1))


def test_an_empty_report_is_a_header(key, done):
    export = done(key)
    assert (export.state, export.rows) == ("done", 0)
    assert text_of(export).count("\r\n") == 1


def test_clickhouse_away_puts_it_back_with_words_and_a_later_date(key, post, away):
    export_id = post(key).json()["id"]
    make.make(export_id)
    waiting = row(export_id)
    assert (waiting.state, waiting.attempts) == ("queued", 1)
    assert waiting.error == "the analytics store did not answer"
    assert waiting.started_at is not None
    assert 9 < (waiting.due_at - waiting.started_at).total_seconds() < 15
    assert tasks_waiting() == 2


def test_after_the_last_attempt_it_has_failed_with_words(key, post, away):
    export_id = post(key).json()["id"]
    for _ in range(states.ATTEMPTS):
        make.make(export_id)
    failed = row(export_id)
    assert failed.state == "failed"
    assert failed.error == ("the analytics store did not answer, 5 times: ask for it again later")
    make.make(export_id)
    assert row(export_id).attempts == states.ATTEMPTS


def test_what_was_put_back_is_made_when_the_engine_is_back(key, post, keep, settings):
    keep(key, "1")
    export_id, address = post(key).json()["id"], settings.CLICKHOUSE_URL
    settings.CLICKHOUSE_URL = "clickhouse://127.0.0.1:1/default"
    make.make(export_id)
    settings.CLICKHOUSE_URL = address
    make.make(export_id)
    made = row(export_id)
    assert (made.state, made.attempts, made.error, made.rows) == ("done", 2, "", 1)


def test_an_object_store_that_refuses_puts_it_back(key, post, settings, tmp_path):
    (tmp_path / "objects").write_text("a file is no folder")
    export_id = post(key).json()["id"]
    make.make(export_id)
    assert row(export_id).error == "the object store did not take the file"
    assert row(export_id).state == "queued"


def test_too_many_rows_fail_with_words_and_leave_no_file(key, post, keep, settings):
    settings.EXPORTS_MAX_ROWS = 2
    keep(key, "1", "2", "3")
    export_id = post(key).json()["id"]
    make.make(export_id)
    failed = row(export_id)
    assert (failed.state, failed.attempts) == ("failed", 1)
    assert failed.error == "more than 2 rows: narrow the period, or drop a dimension"
    assert objects.list_keys("exports/") == []


def test_exactly_as_many_rows_as_allowed_are_fine(key, done, settings):
    settings.EXPORTS_MAX_ROWS = 2
    assert done(key, "1", "2").state == "done"


def test_a_query_that_this_version_cannot_run_fails_with_words(key, post):
    export_id = post(key).json()["id"]
    ReportExport.across_tenants.update(query=BODY | {"dimensions": ["gone"]})
    make.make(export_id)
    assert row(export_id).state == "failed"
    assert "dimensions" in row(export_id).error


def test_an_inactive_account_gets_no_file(key, post):
    export_id = post(key).json()["id"]
    key.tenant.is_active = False
    key.tenant.save()
    make.make(export_id)
    assert (row(export_id).state, row(export_id).error) == ("failed", "the account is not active")


def test_a_worker_that_was_given_up_writes_nothing(key, post):
    export_id = post(key).json()["id"]
    slow = states.take(export_id, DAY)
    assert slow is not None
    ReportExport.across_tenants.update(attempts=F("attempts") + 1)
    for late in (
        lambda: states.alive(slow, 5, DAY),
        lambda: states.finish(slow, rows=5, size=5, now=DAY),
        lambda: states.fail(slow, "late", DAY),
    ):
        with pytest.raises(states.Superseded):
            late()
    assert (row(export_id).state, row(export_id).rows) == ("running", 0)


def test_a_removed_tenant_cancels_what_is_under_way(key, post):
    taken = states.take(post(key).json()["id"], DAY)
    assert taken is not None
    key.tenant.delete()
    with pytest.raises(states.Superseded):
        states.alive(taken, 5, DAY)
    make.make(taken.pk)


def test_the_period_is_the_one_of_the_asking(key, post, keep):
    """Not of the attempt: without ``to`` a report ends when it was asked for."""
    export_id = post(key, {"metrics": ["impressions"], "dimensions": ["ad_id"]}).json()["id"]
    ReportExport.across_tenants.update(created_at=DAY.replace(day=19))
    keep(key, "1")
    make.make(export_id)
    assert row(export_id).rows == 0
