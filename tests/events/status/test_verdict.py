"""What is wrong with the consumers, by rule."""

from datetime import UTC, datetime, timedelta

import pytest

from events.status.verdict import Ends, Facts, Mode, Row, judge

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ENDS = {0: Ends(0, 100)}


def a_row(**overrides) -> Row:
    fields = {
        "partition": 0,
        "topic_id": "T",
        "owner": "host:1:x",
        "version": 7,
        "next_offset": 100,
        "open_first": None,
        "open_last": None,
        "opened_at": None,
        "epoch": "e",
        "verify_until": None,
        "verify_reason": "",
        "halted": "",
        "watermark": AT - SECOND,
        "caught_up_at": AT - SECOND,
        "last_batch_at": AT - SECOND,
        "last_batch_rows": 10,
        "batches": 1,
        "inserted": 10,
        "duplicates": 1,
        "dead_letters": 0,
        "updated_at": AT - SECOND,
    }
    return Row(**{**fields, **overrides})


def some_facts(*rows, **overrides) -> Facts:
    fields = {
        "at": AT,
        "topic": "ad_events",
        "group": "g",
        "rows": rows,
        "topic_id": "T",
        "ends": ENDS,
        "group_state": "STABLE",
    }
    return Facts(**{**fields, **overrides})


def only(facts: Facts) -> str:
    (problem,) = judge(facts).problems
    return problem


def test_an_idle_consumer_at_the_end_is_fine():
    status = judge(some_facts(a_row()))
    assert (status.problems, status.lag, status.partitions[0].mode) == ([], 0, Mode.IDLE)


def test_the_lag_is_what_the_ledger_has_not_finished():
    rows = [a_row(next_offset=90), a_row(partition=1, next_offset=5)]
    status = judge(some_facts(*rows, ends={0: Ends(0, 100), 1: Ends(10, 30)}))
    assert [each.lag for each in status.partitions] == [10, 20]
    assert status.lag == 30


def test_a_partition_that_nobody_has_taken_waits_as_a_whole():
    status = judge(some_facts(a_row(), ends={0: Ends(0, 100), 1: Ends(10, 30)}))
    assert (status.partitions[1].mode, status.partitions[1].lag) == (Mode.NOBODY, 20)
    assert status.problems[0].startswith("nobody has taken partition 1 yet")


@pytest.mark.parametrize(
    ("row", "mode"),
    [
        (a_row(next_offset=90), Mode.NORMAL),
        (a_row(opened_at=AT - SECOND, open_first=100, open_last=120), Mode.WRITING),
        (a_row(verify_until=AT + SECOND, verify_reason="lost"), Mode.VERIFYING),
        (a_row(verify_until=AT - SECOND), Mode.IDLE),
    ],
)
def test_modes_that_are_fine(row, mode):
    status = judge(some_facts(row))
    assert (status.partitions[0].mode, status.problems) == (mode, [])


def test_a_ledger_without_rows_has_never_seen_a_consumer():
    assert only(some_facts()).startswith("no consumer has ever worked on ad_events: start")


LONG_AGO = AT - timedelta(seconds=61)
SIGNS = {"updated_at": LONG_AGO, "last_batch_at": LONG_AGO, "caught_up_at": LONG_AGO}


@pytest.mark.parametrize("sign", ["last_batch_at", "caught_up_at", "opened_at", "updated_at"])
def test_any_sign_of_life_is_one(sign):
    status = judge(some_facts(a_row(**{**SIGNS, sign: AT - SECOND})))
    assert (status.problems, status.partitions[0].mode is Mode.SILENT) == ([], False)


def test_silence_of_all_is_a_consumer_that_does_not_run():
    silent = a_row(**SIGNS)
    problem = only(some_facts(silent, group_state="EMPTY"))
    assert problem.startswith("no consumer runs (no sign of life since 2026-11-21 11:58:59 UTC)")


def test_silence_of_some_names_them():
    silent = a_row(partition=1, **SIGNS)
    facts = some_facts(a_row(), silent, ends={0: Ends(0, 1), 1: Ends(0, 100)}, group_state="EMPTY")
    assert "nobody works on partition 1 " in "".join(judge(facts).problems)


def test_silence_of_a_group_with_members_is_an_engine_that_is_away():
    silent = a_row(**SIGNS)
    assert "they wait for an engine" in only(some_facts(silent))


def test_a_batch_that_stays_open_is_named():
    since = AT - timedelta(minutes=6)
    stuck = a_row(**SIGNS, opened_at=since, open_first=100, open_last=120)
    status = judge(some_facts(stuck, group_state="EMPTY"))
    assert status.partitions[0].mode is Mode.STUCK
    assert "the batch 100 to 120 has been open for 6 minutes" in status.problems[1]


def test_a_halted_consumer_says_why_and_what_to_do():
    problem = only(some_facts(a_row(halted="100 messages in a row cannot be stored")))
    assert "stands still: 100 messages in a row cannot be stored" in problem
    assert "--accept-dead-letters" in problem


def test_messages_that_kafka_deleted_before_they_were_stored_are_counted():
    problem = only(some_facts(a_row(next_offset=90), ends={0: Ends(95, 100)}))
    assert "Kafka has deleted 5 messages that were not stored" in problem


def test_a_broker_that_lost_its_end_is_noticed():
    assert "the broker has lost messages" in only(some_facts(a_row(next_offset=101)))


def test_a_topic_that_was_made_again_is_noticed_and_waits_as_a_whole():
    facts = some_facts(a_row(topic_id="old"))
    assert "made again and nobody has taken partition 0 of the new one" in only(facts)
    assert judge(facts).lag == 100


def test_a_consumer_that_cannot_keep_up_is_noticed():
    old = AT - timedelta(minutes=16)
    problem = only(some_facts(a_row(next_offset=90, watermark=old, caught_up_at=old)))
    assert "partition 0: more than 15 minutes behind (10 messages wait)" in problem


def test_what_is_away_is_said_and_the_rest_is_shown():
    no_kafka = some_facts(
        a_row(), ends=None, topic_id=None, group_state=None, away={"Kafka": "it is down"}
    )
    status = judge(no_kafka)
    assert status.problems == ["Kafka cannot be asked: it is down"]
    assert (status.lag, status.partitions[0].lag) == (None, None)
    no_database = some_facts(rows=None, away={"PostgreSQL": "it is down"})
    assert judge(no_database).problems == ["PostgreSQL cannot be asked: it is down"]
