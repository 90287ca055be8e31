"""The ledger in PostgreSQL: one worker at a time, and nothing by a superseded one."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections

from events import ledger
from events.ledger import PARTITIONS_CHANGED, LedgerUnavailable, Outcome, Source, Start, Superseded
from events.limits import History
from events.models import PartitionLedger
from events.plan import Bounds
from events.trust import LOST, Trust

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SOURCE = Source("ad_events", "topic-1", 3, 8)
BATCH = Bounds("topic-1", 3, 10, 19)
NOTHING = Outcome(0, 0, 0, None, History())


@pytest.fixture
def entry(db):
    return ledger.take(SOURCE, "me", Start(10))


def finished(entry, bounds=BATCH, **fields):
    return ledger.finish(ledger.open_batch(entry, bounds, NOW), replace(NOTHING, **fields), NOW)


def test_a_new_partition_begins_where_it_is_told(db):
    assert ledger.place(SOURCE) is None
    entry = ledger.take(SOURCE, "me", Start(10, stored_below=4))
    assert (entry.next_offset, entry.stored_below, entry.open) == (10, 4, None)
    assert ledger.place(SOURCE) == 10


def test_a_successor_finds_the_open_batch_and_what_is_left_out_of_it(entry):
    entry = ledger.open_batch(entry, BATCH, NOW)
    ledger.exclude(ledger.exclude(entry, [12]), [11])
    found = ledger.take(SOURCE, "successor")
    assert (found.open, found.opened_at, found.excluded) == (BATCH, NOW, (11, 12))


def test_a_finished_batch_moves_the_partition_on(entry):
    done = finished(entry, inserted=7, duplicates=2, dead_letters=1, watermark=NOW)
    assert (done.next_offset, done.open, done.excluded) == (20, None, ())
    row = ledger.rows("ad_events")[0]
    assert (row.inserted, row.duplicates, row.dead_letters, row.batches) == (7, 2, 1, 1)
    assert row.watermark == NOW


def test_the_watermark_never_goes_back(entry):
    done = finished(entry, watermark=NOW)
    next_batch = Bounds("topic-1", 3, 20, 29)
    finished(done, next_batch, watermark=NOW - timedelta(hours=1))
    assert ledger.rows("ad_events")[0].watermark == NOW


@pytest.mark.parametrize(
    "write",
    [
        lambda entry: ledger.open_batch(entry, BATCH, NOW),
        lambda entry: ledger.exclude(entry, [1]),
        lambda entry: ledger.trust(entry, Trust("x")),
        lambda entry: ledger.halt(entry, "why"),
        lambda entry: ledger.caught_up(entry, NOW),
        lambda entry: ledger.skip_to(entry, 50),
        lambda entry: ledger.finish(replace(entry, open=BATCH), NOTHING, NOW),
    ],
)
def test_a_superseded_worker_writes_nothing(entry, write):
    ledger.take(SOURCE, "successor")
    before = PartitionLedger.objects.values().get()
    with pytest.raises(Superseded):
        write(entry)
    assert PartitionLedger.objects.values().get() == before


def test_a_worker_of_before_a_restored_backup_writes_nothing(entry):
    """Versions count up again, so that the successor may have come to the same one."""
    zombie = ledger.open_batch(entry, BATCH, NOW)
    PartitionLedger.objects.update(version=0, open_first=None, open_last=None, opened_at=None)
    assert ledger.take(SOURCE, "successor").version == zombie.version
    with pytest.raises(Superseded):
        ledger.finish(zombie, NOTHING, NOW)
    assert PartitionLedger.objects.get().next_offset == 10


def test_rows_that_are_stored_beyond_a_restored_ledger_are_remembered(entry):
    assert ledger.take(SOURCE, "next", Start(10, stored_below=90)).stored_below == 90
    assert ledger.take(SOURCE, "after", Start(10, stored_below=50)).stored_below == 90


def test_a_standby_that_is_not_promoted_yet_is_one_that_does_not_answer(transactional_db):
    entry = ledger.take(SOURCE, "me", Start(10))
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    with pytest.raises(LedgerUnavailable):
        ledger.open_batch(entry, BATCH, NOW)
    assert ledger.open_batch(entry, BATCH, NOW).open == BATCH


def test_a_write_whose_answer_was_lost_is_recognised_when_it_is_repeated(entry):
    first = ledger.open_batch(entry, BATCH, NOW)
    assert ledger.open_batch(entry, BATCH, NOW) == first


def test_another_write_whose_answer_was_lost_is_not_taken_for_this_one(entry):
    """Else a batch would be worked on whose bounds are not recorded."""
    ledger.caught_up(entry, NOW)
    with pytest.raises(Superseded):
        ledger.open_batch(entry, BATCH, NOW)
    opened = ledger.open_batch(ledger.take(SOURCE, "me again"), BATCH, NOW)
    ledger.trust(opened, Trust("epoch-1"))
    with pytest.raises(Superseded):
        ledger.finish(opened, NOTHING, NOW)


def test_a_repeated_write_may_name_a_later_moment(entry):
    opened = ledger.open_batch(entry, BATCH, NOW)
    assert ledger.open_batch(entry, BATCH, NOW + timedelta(seconds=9)) == opened


def test_a_successor_cannot_make_up_claims_that_are_owed(entry):
    ledger.trust(entry, Trust("epoch-1").unanswered(NOW, NOW + timedelta(days=2)))
    assert ledger.take(SOURCE, "successor").trust.reason == LOST


def test_of_many_workers_at_once_only_the_last_to_take_it_can_write(transactional_db):
    ledger.take(SOURCE, "first", Start(10))

    def attempt(number):
        try:
            return ledger.take(SOURCE, f"worker-{number}")
        except Superseded:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        entries = [entry for entry in pool.map(attempt, range(8)) if entry]
    assert entries
    wrote = []
    for entry in entries:
        with suppress(Superseded):
            ledger.open_batch(entry, BATCH, NOW)
            wrote.append(entry.owner)
    assert wrote == [PartitionLedger.objects.get().owner]


def test_a_topic_that_was_made_again_begins_anew_and_keeps_its_claims_epoch(entry):
    trusted = ledger.trust(entry, Trust("epoch-1"))
    finished(trusted)
    made_again = replace(SOURCE, topic_id="topic-2")
    assert ledger.place(made_again) is None
    begun = ledger.take(made_again, "me", Start(0))
    assert (begun.next_offset, begun.open, begun.trust.epoch) == (0, None, "epoch-1")


def test_another_number_of_partitions_ends_the_trust_in_claims(entry):
    ledger.trust(entry, Trust("epoch-1"))
    taken = ledger.take(replace(SOURCE, partition_count=16), "me")
    assert taken.trust == Trust("", None, PARTITIONS_CHANGED)


def test_a_partition_that_was_added_does_not_trust_claims_either(entry):
    """The first copy of an event that is retried there lies in an older partition."""
    added = ledger.take(Source("ad_events", "topic-1", 8, 16), "me", Start(0))
    assert added.trust.reason == PARTITIONS_CHANGED
    ledger.take(replace(SOURCE, partition_count=16), "me")
    added = ledger.take(Source("ad_events", "topic-1", 9, 16), "me", Start(0))
    assert added.trust.reason == PARTITIONS_CHANGED
    beside = ledger.take(Source("other_topic", "topic-3", 1, 16), "me", Start(0))
    assert beside.trust == Trust()


def test_the_database_refuses_an_open_batch_that_lies_behind(entry):
    done = finished(entry)
    with pytest.raises(Exception, match="open_batch_lies_ahead"):
        ledger.open_batch(done, BATCH, NOW)


def test_what_needs_a_look_is_kept_until_a_batch_is_finished(entry):
    halted = ledger.halt(ledger.open_batch(entry, BATCH, NOW), "100 messages in a row")
    assert ledger.rows("ad_events")[0].halted == "100 messages in a row"
    ledger.finish(halted, NOTHING, NOW)
    assert ledger.rows("ad_events")[0].halted == ""


@pytest.mark.fault
def test_without_postgres_it_says_so_and_goes_on_when_it_is_back(transactional_db, running_engines):
    entry = ledger.take(SOURCE, "me", Start(10))
    running_engines.stop_engine("postgres")
    try:
        with pytest.raises(LedgerUnavailable):
            ledger.open_batch(entry, BATCH, NOW)
    finally:
        running_engines.start_engine("postgres")
        connection.close()
    assert ledger.open_batch(entry, BATCH, NOW).open == BATCH


def test_it_knows_when_the_partition_was_last_worked_on(entry):
    assert entry.worked_at is None
    idle = ledger.caught_up(entry, NOW)
    assert idle.worked_at == NOW
    later = NOW + timedelta(minutes=5)
    opened = ledger.open_batch(idle, BATCH, later)
    assert ledger.finish(opened, NOTHING, later).worked_at == later


def test_partitions_with_an_open_batch_are_named(entry):
    assert ledger.open_partitions("ad_events") == []
    ledger.open_batch(entry, BATCH, NOW)
    assert ledger.open_partitions("ad_events") == [3]
    assert ledger.open_partitions("other_topic") == []


def test_before_the_first_migration_no_batch_is_open(db):
    with connection.cursor() as cursor:  # rolled back with the test
        cursor.execute("ALTER TABLE events_partitionledger RENAME TO other")
    assert ledger.open_partitions("ad_events") == []
