"""Salts: made in time, destroyed in time, once however often and however many at once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from tenants.models import UserSalt
from tenants.salts import rotate_salts
from tenants.selectors import user_salts
from tests.factories import TenantFactory

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return TenantFactory(user_id_hashing=True, user_salt_days=90)


def begins(tenant) -> list[int]:
    """The days, counted from NOW, at which the tenant's salts begin."""
    rows = UserSalt.across_tenants.filter(tenant=tenant).order_by("valid_from")
    return [(row.valid_from - NOW) // DAY for row in rows]


def rotate_daily(days: int) -> None:
    for day in range(days):
        rotate_salts(now=NOW + day * DAY)


def test_the_first_salt_is_valid_at_once(tenant):
    assert rotate_salts(now=NOW) == (1, 0)
    assert begins(tenant) == [0]


def test_a_second_run_changes_nothing(tenant):
    rotate_salts(now=NOW)
    before = user_salts()
    assert rotate_salts(now=NOW) == (0, 0)
    assert user_salts() == before


def test_the_next_salt_is_there_before_it_is_valid(tenant):
    rotate_daily(89)
    assert begins(tenant) == [0, 90]


def test_a_salt_is_destroyed_when_two_newer_ones_have_begun(tenant):
    rotate_daily(91)
    assert begins(tenant) == [0, 90]
    rotate_daily(181)
    assert begins(tenant) == [90, 180]


def test_salts_that_change_daily_never_leave_a_gap(tenant):
    tenant.user_salt_days = 1
    tenant.save()
    rotate_daily(10)
    assert begins(tenant) == [8, 9, 10, 11]


def test_after_a_long_stop_the_next_salt_begins_now(tenant):
    rotate_salts(now=NOW)
    rotate_salts(now=NOW + 400 * DAY)
    assert begins(tenant) == [0, 400]


def test_every_salt_is_another_one(tenant):
    TenantFactory(user_id_hashing=True)
    rotate_daily(91)
    secrets = [bytes(row.secret) for row in UserSalt.across_tenants.all()]
    assert len(set(secrets)) == len(secrets) == 4
    assert {len(secret) for secret in secrets} == {32}


def test_an_account_that_does_not_hash_has_no_salt():
    TenantFactory()
    assert rotate_salts(now=NOW) == (0, 0)
    assert user_salts() == {}


def test_salts_of_an_account_that_stopped_hashing_age_out(tenant):
    rotate_salts(now=NOW)
    tenant.user_id_hashing = False
    tenant.save()
    rotate_daily(180)
    assert begins(tenant) == [0]
    rotate_daily(181)
    assert begins(tenant) == []


def test_only_the_named_accounts_are_looked_at(tenant):
    other = TenantFactory(user_id_hashing=True)
    rotate_salts(now=NOW, tenant_ids=[other.pk])
    assert (begins(tenant), begins(other)) == ([], [0])


def test_an_account_without_a_salt_yet_is_among_those_that_hash(tenant):
    assert user_salts() == {tenant.pk: []}


@pytest.mark.django_db(transaction=True)
def test_rotations_at_once_create_one_salt():
    tenant = TenantFactory(user_id_hashing=True)
    start = threading.Barrier(4)

    def rotate() -> None:
        start.wait()
        rotate_salts(now=NOW)
        connection.close()

    threads = [threading.Thread(target=rotate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert begins(tenant) == [0]
