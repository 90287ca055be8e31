"""Once a user is forgotten no row is left and every tier equals raw, whatever happens meanwhile."""

import threading

import pytest
from django.utils import timezone

from adplatform.clients import clickhouse
from events.forgetting.forget import finish_interrupted, preview
from events.forgetting.requests import user_hash
from events.store import TryLater
from events.tiers import RAW, TIERS
from events.users import hashed
from tenants.models import ForgetRequest, ForgetState, Tenant, UserSalt
from tests.events.forgetting.conftest import Store, remove, visits


class Crash(Exception):
    """The process dies here."""


def crash_at(step: int):
    """A listener that dies when the step's work is done and not yet written down."""
    seen: list[str] = []

    def say(text: str) -> None:
        seen.append(text)
        if len(seen) == step:
            raise Crash(text)

    return say


def others(tenant: Tenant) -> list[Tenant]:
    return list(Tenant.across_tenants.exclude(pk=tenant.pk))


def test_no_row_of_the_user_is_left_and_every_tier_equals_raw(store: Store, tenant):
    removed = remove(tenant, "anna")
    assert removed.events == 8
    assert store.users(tenant) == {"ben": 8, "": 4}
    assert store.sums() == store.raw_sums()


def test_another_accounts_user_of_the_same_name_stays(store: Store, tenant):
    remove(tenant, "anna")
    (other,) = others(tenant)
    assert store.users(other) == {"anna": 8}


def test_sums_stay_right_when_parts_merge(store: Store, tenant):
    remove(tenant, "anna")
    for table in (RAW, *(tier.table for tier in TIERS)):
        clickhouse.command(f"OPTIMIZE TABLE {table} FINAL")
    assert store.sums() == store.raw_sums()


def test_again_it_changes_nothing(store: Store, tenant):
    remove(tenant, "anna")
    before = store.sums()
    assert remove(tenant, "anna").events == 0
    assert store.sums() == before == store.raw_sums()


def test_a_user_who_is_not_there_changes_nothing(store: Store, tenant):
    before = store.sums(), store.users(tenant)
    assert remove(tenant, "nobody").events == 0
    assert (store.sums(), store.users(tenant)) == before


def test_a_preview_counts_and_changes_nothing(store: Store, tenant):
    before = store.sums(), store.users(tenant)
    assert preview(tenant.pk, "anna") == 8
    assert (store.sums(), store.users(tenant)) == before
    assert not ForgetRequest.across_tenants.exists()


def test_test_events_go_too_and_were_in_no_sum(store: Store, tenant):
    store.put(visits(tenant, "anna", is_test=True))
    assert remove(tenant, "anna").events == 16
    assert store.sums() == store.raw_sums()


def test_pseudonyms_under_every_known_salt_are_found(store: Store, tenant):
    for number in (1, 2):
        secret = bytes([number]) * 32
        UserSalt.across_tenants.create(
            tenant=tenant, secret=secret, valid_from=timezone.now().replace(year=2020 + number)
        )
        store.put(visits(tenant, hashed("anna", secret)))
    store.put(visits(tenant, hashed("anna", b"destroyed".ljust(32))))
    assert remove(tenant, "anna").events == 24
    assert set(store.users(tenant)) == {"ben", "", hashed("anna", b"destroyed".ljust(32))}
    assert store.sums() == store.raw_sums()


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_crash_before_a_step_is_written_down_is_made_good(step, store: Store, tenant):
    with pytest.raises(Crash):
        remove(tenant, "anna", say=crash_at(step))
    store.put(visits(tenant, "anna", 3))
    assert remove(tenant, "anna").events == 11
    assert store.users(tenant) == {"ben": 8, "": 4}
    assert store.sums() == store.raw_sums()


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_pass_is_finished_without_the_users_id(step, store: Store, tenant):
    with pytest.raises(Crash):
        remove(tenant, "anna", say=crash_at(step))
    assert finish_interrupted() == 1
    assert store.users(tenant) == {"ben": 8, "": 4}
    assert store.sums() == store.raw_sums()
    request = ForgetRequest.across_tenants.get()
    assert (request.state, request.events) == (ForgetState.OPEN, 8)
    assert finish_interrupted() == 0


def test_crashes_at_every_try_end_exact(store: Store, tenant):
    for step in (1, 1, 1, 2, 1, 1):
        with pytest.raises(Crash):
            remove(tenant, "anna", say=crash_at(step))
    assert remove(tenant, "anna").events == 8
    assert store.users(tenant) == {"ben": 8, "": 4}
    assert store.sums() == store.raw_sums()


def test_counters_that_cannot_be_removed_are_removed_by_the_next_run(store: Store, tenant):
    def away(_tenant, _names):
        raise Crash

    with pytest.raises(Crash):
        remove(tenant, "anna", counters=away)
    assert remove(tenant, "anna", counters=lambda _tenant, names: len(names)).counters == 1
    assert store.sums() == store.raw_sums()


def test_a_batch_that_the_consumer_repeats_does_not_come_back(store: Store, tenant):
    batch = visits(tenant, "anna", 5)
    first = store.put(batch)
    remove(tenant, "anna")
    store.put(batch, first)
    assert store.users(tenant) == {"ben": 8, "": 4}
    assert store.sums() == store.raw_sums()


def test_a_batch_whose_view_failed_is_repeated_after_the_user_was_forgotten(store: Store, tenant):
    """The consumer died between the raw rows and the tiers; its next try heals the tiers."""
    batch = visits(tenant, "anna", 5) + visits(tenant, "carl", 5)
    view = TIERS[0].view
    definition = clickhouse.query(
        "SELECT as_select FROM system.tables WHERE database = currentDatabase() AND name = %(v)s",
        {"v": view},
    )[0][0]
    clickhouse.command(f"ALTER TABLE {view} MODIFY QUERY {definition} HAVING throwIf(1) = 0")
    try:
        with pytest.raises(TryLater):
            store.put(batch, 500_000)
    finally:
        clickhouse.command(f"ALTER TABLE {view} MODIFY QUERY {definition}")
    assert "carl" in store.users(tenant)
    remove(tenant, "anna")
    store.put(batch, 500_000)
    assert store.users(tenant) == {"ben": 8, "": 4, "carl": 5}
    assert store.sums() == store.raw_sums()


def test_events_that_arrive_meanwhile_keep_it_exact(store: Store, tenant):
    """Threads insert for all users while one of them is forgotten, again and again."""
    stop = threading.Event()

    def insert(number: int) -> None:
        while not stop.is_set():
            store.put(visits(tenant, "anna", 6) + visits(tenant, f"user {number}", 6))

    threads = [threading.Thread(target=insert, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    try:
        for step in (1, 2, 3, 1, 2):
            with pytest.raises(Crash):
                remove(tenant, "anna", say=crash_at(step))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    remove(tenant, "anna")
    assert "anna" not in store.users(tenant)
    assert store.sums() == store.raw_sums()


def test_credits_of_the_users_conversions_go_and_others_stay(store: Store, tenant):
    mine, bens = visits(tenant, "anna", 4)[3], visits(tenant, "ben", 4)[3]
    store.put([mine, bens])
    clickhouse.insert_columns(
        "ad_conversion_credits",
        {
            "tenant_id": [tenant.pk] * 3,
            "conversion_id": [mine.event_id, mine.event_id, bens.event_id],
            "model": ["last_touch", "linear", "linear"],
            "conversion_time": [mine.ts] * 3,
            "version": [1] * 3,
        },
    )
    assert remove(tenant, "anna").credits == 2
    rows = clickhouse.query("SELECT conversion_id FROM ad_conversion_credits")
    assert rows == [(bens.event_id,)]


def test_the_job_says_what_was_removed_and_not_of_whom(store: Store, tenant):
    remove(tenant, "anna", by="olga")
    request = ForgetRequest.objects.for_tenant(tenant.pk).get()
    assert (request.requested_by, request.events, request.state) == ("olga", 8, ForgetState.DONE)
    assert request.finished_at is not None
    assert request.finished_at >= request.requested_at
    assert request.user_hash == user_hash(tenant.pk, "anna") != user_hash(tenant.pk + 1, "anna")
    assert "anna" not in repr(ForgetRequest.across_tenants.values().get())


def test_no_statement_that_clickhouse_keeps_names_the_user(store: Store, tenant):
    remove(tenant, "anna-4711")
    store.put(visits(tenant, "anna-4711"))
    remove(tenant, "anna-4711")
    kept = clickhouse.query("SELECT command FROM system.mutations")
    assert kept
    assert "anna-4711" not in repr(kept)
