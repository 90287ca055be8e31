"""`/api/report/exports/`: ask, look, fetch; one tenant, clear refusals."""

import gzip
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections

from reporting.models import ReportExport
from tests.factories.tenants import ApiKeyFactory, MembershipFactory, TenantFactory, UserFactory
from tests.reporting.exports.conftest import BODY, URL, row, tasks_waiting

pytestmark = pytest.mark.django_db


def body_of(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_an_export_is_queued_and_says_where_to_look(key, post, get):
    answer = post(key)
    said = answer.json()
    assert (answer.status_code, said["state"], said["download_url"]) == (202, "queued", None)
    assert answer["Location"] == said["status_url"] == f"{URL}{said['id']}/"
    assert answer["Retry-After"] == "2"
    assert get(key, said["status_url"]).json() == said
    assert tasks_waiting() == 1


def test_the_file_holds_the_rows_and_who_took_it_is_known(key, done, get):
    export = done(key, "1-2", "1-2", "=1+1")
    status = get(key, f"{export.pk}/").json()
    assert (status["state"], status["rows"], status["error"]) == ("done", 2, "")
    answer = get(key, status["download_url"])
    lines = body_of(answer).decode().splitlines()
    assert lines[0].startswith("ad_id,impressions,clicks,ctr,ctr_low")
    assert sorted(line.split(",")[:2] for line in lines[1:]) == [["'=1+1", "1"], ["1-2", "2"]]
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="report-{export.pk}.csv"'
    taken = row(export.pk)
    assert (taken.downloads, taken.last_downloaded_by) == (1, f"API key {key.prefix}")
    assert taken.requested_by == f"API key {key.prefix}"


def test_a_client_that_takes_gzip_gets_the_file_as_it_is(key, done, get):
    export = done(key, "1-2")
    answer = get(key, f"{export.pk}/download/", Accept_Encoding="br, gzip;q=0.5")
    packed = body_of(answer)
    assert answer["Content-Encoding"] == "gzip"
    assert int(answer["Content-Length"]) == len(packed) == export.bytes
    plain = body_of(get(key, f"{export.pk}/download/", Accept_Encoding="gzip;q=0"))
    assert gzip.decompress(packed) == plain


def test_a_client_that_goes_away_leaves_no_open_file(key, done, get):
    export = done(key, "1-2")
    for coding in ("gzip", "identity"):
        answer = get(key, f"{export.pk}/download/", Accept_Encoding=coding)
        request_finished.disconnect(close_old_connections)  # or it closes the test's own
        answer.close()
        request_finished.connect(close_old_connections)
        with pytest.raises(ValueError, match="closed file"):
            next(answer._pieces)


def test_a_byte_order_mark_comes_when_asked_for(key, done, get):
    export = done(key, "1-2", bom=True)
    assert body_of(get(key, f"{export.pk}/download/")).startswith(b"\xef\xbb\xbfad_id,")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (BODY | {"dimensions": ["nothing"]}, "dimensions[0]"),
        (BODY | {"from": "some day"}, "from"),
        (BODY | {"limit": 10}, "limit"),
        (BODY | {"compare": "previous_period"}, "compare"),
        (BODY | {"bom": "yes"}, "bom"),
        (BODY | {"tenant_id": "abc"}, "tenant_id"),
        (BODY | {"no_such": 1}, "no_such"),
        ({}, "metrics"),
        ([], "body"),
        ("{", "body"),
    ],
)
def test_a_query_that_cannot_be_run_is_refused_and_nothing_is_queued(key, post, body, field):
    answer = post(key, body)
    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert not ReportExport.across_tenants.exists()


def test_a_body_of_another_type_is_refused(key, client):
    headers = {"Authorization": f"Bearer {key.text}"}
    assert client.post(URL, {"metrics": "clicks"}, headers=headers).status_code == 415


def test_more_than_the_limit_at_once_is_refused_until_one_ends(key, post, settings):
    settings.EXPORTS_PER_TENANT = 2
    first = post(key).json()
    post(key)
    answer = post(key)
    assert (answer.status_code, answer["Retry-After"]) == (429, "30")
    assert "2 exports are under way" in answer.json()["detail"]
    assert post(ApiKeyFactory()).status_code == 202
    ReportExport.across_tenants.filter(pk=first["id"]).update(state="failed")
    assert post(key).status_code == 202


def test_an_idempotency_key_stands_for_one_export(key, post):
    first = post(key, Idempotency_Key="november")
    again = post(key, Idempotency_Key="november")
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    other = post(key, BODY | {"bom": True}, Idempotency_Key="november")
    assert other.status_code == 409
    assert post(ApiKeyFactory(), Idempotency_Key="november").status_code == 202
    assert ReportExport.across_tenants.count() == 2


def test_an_idempotency_key_that_is_too_long_is_refused(key, post):
    assert post(key, Idempotency_Key="x" * 201).status_code == 400


@pytest.mark.parametrize("path", ["{}/", "{}/download/"])
def test_another_tenants_export_is_like_one_that_does_not_exist(key, done, get, path):
    foreign = done(ApiKeyFactory(tenant=TenantFactory()))
    answer, unknown = get(key, path.format(foreign.pk)), get(key, path.format(uuid4()))
    assert (answer.status_code, answer.json()) == (404, unknown.json())
    assert row(foreign.pk).downloads == 0


@pytest.mark.parametrize("path", ["blah/", "blah/download/"])
def test_an_id_that_is_none_is_a_problem_too(key, get, path):
    answer, unknown = get(key, path), get(key, f"{uuid4()}/")
    assert (answer.status_code, answer.json()) == (404, unknown.json())
    assert answer["Content-Type"] == "application/problem+json"


def test_another_tenant_cannot_be_named(key, post):
    foreign: Any = TenantFactory()
    answer = post(key, BODY | {"tenant_id": foreign.pk})
    unknown = post(key, BODY | {"tenant_id": 10**9})
    assert (answer.status_code, answer.json()) == (404, unknown.json())
    assert not ReportExport.across_tenants.exists()


def test_the_list_shows_the_own_exports_newest_first(key, post, get):
    post(ApiKeyFactory())
    ids = [post(key).json()["id"] for _ in range(2)]
    found = get(key).json()["exports"]
    assert [each["id"] for each in found] == ids[::-1]


def test_a_key_without_the_scope_is_forbidden(key, post, get, done):
    export = done(key)
    weak = ApiKeyFactory(tenant=key.tenant, scopes=["events"])
    assert post(weak).status_code == get(weak).status_code == 403
    assert get(weak, f"{export.pk}/").status_code == 403
    assert get(weak, f"{export.pk}/download/").status_code == 403


def test_nobody_gets_nothing(key, post, client, done):
    export = done(key)
    assert post(None).status_code == 401
    for path in ("", f"{export.pk}/", f"{export.pk}/download/"):
        assert client.get(URL + path).status_code == 401


def test_a_member_may_fetch_with_a_session(key, done, client):
    export = done(key, "1")
    member: Any = UserFactory()
    MembershipFactory(tenant=key.tenant, user=member)
    client.force_login(member)
    assert body_of(client.get(f"{URL}{export.pk}/download/")).startswith(b"ad_id,")
    assert row(export.pk).last_downloaded_by == f"user {member.username}"
    client.force_login(UserFactory())
    assert client.get(f"{URL}{export.pk}/download/").status_code == 404


@pytest.mark.parametrize("expected", ["queued 409 is queued", "expired 410 has expired"])
def test_what_is_not_there_yet_or_any_more_is_said(key, done, get, expected):
    state, status, said = expected.split(" ", 2)
    export = done(key)
    ReportExport.across_tenants.filter(pk=export.pk).update(state=state)
    answer = get(key, f"{export.pk}/download/")
    assert (answer.status_code, said in answer.json()["detail"]) == (int(status), True)
    assert get(key, f"{export.pk}/").json()["download_url"] is None


def test_a_file_that_somebody_deleted_is_gone(key, done, get, settings, tmp_path):
    export = done(key)
    settings.OBJECT_STORE_URL = f"file://{tmp_path}/elsewhere"
    assert get(key, f"{export.pk}/download/").status_code == 410


def test_an_object_store_that_is_away_is_503(key, done, get, settings, monkeypatch):
    export = done(key)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    settings.OBJECT_STORE_URL = "s3://bucket/prefix"
    settings.OBJECT_STORE_ENDPOINT = "http://127.0.0.1:1"
    answer = get(key, f"{export.pk}/download/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_redis_that_is_away_delays_an_export_and_loses_none(key, post, settings, running_engines):
    running_engines.stop_engine("redis")
    try:
        answer = post(key)
    finally:
        running_engines.start_engine("redis")
    assert answer.status_code == 202
    late = row(answer.json()["id"])
    assert late.state == "queued"
    assert late.due_at - late.created_at == timedelta(0)
