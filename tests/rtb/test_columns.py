"""The bidder's records as rows: every field arrives, the rollup adds up, repeats count once."""

from typing import Any
from uuid import uuid4

import msgspec

from adplatform.clients import clickhouse
from events import store
from events.plan import Bounds
from events.records import Arrived
from rtb.columns import build
from rtb.records import BidRecord, RecordKind
from rtb.stream import BIDS
from tests.rtb.records import a_record, keep, noon_yesterday

BOUNDS = Bounds("topic", 3, 0, 1)


def full() -> BidRecord:
    """Every field differs from its default and from the others."""
    given: dict[str, Any] = {"event_id": uuid4(), "ts": noon_yesterday()}
    given |= {
        "kind": RecordKind.LOSS,
        "is_test": True,
        "is_late": True,
        "received_at": noon_yesterday(),
    }
    for number, field in enumerate(BidRecord.__struct_fields__, start=2):
        is_text = isinstance(getattr(a_record(), field), str)
        given.setdefault(field, f"text-{number}" if is_text else number)
    return BidRecord(**given)


def test_every_field_of_a_record_is_a_column(event_store):
    record = full()
    keep(record)
    names = BidRecord.__struct_fields__
    (row,) = clickhouse.query(f"SELECT {', '.join(names)} FROM rtb_bids")
    wanted = msgspec.structs.asdict(record)
    naive = {name: wanted[name].replace(tzinfo=None) for name in ("ts", "received_at")}
    found = dict(zip(names, row, strict=True))
    assert {name: found[name].replace(tzinfo=None) for name in naive} == naive
    assert {name: found[name] for name in names if name not in naive} == {
        name: value for name, value in wanted.items() if name not in naive
    }


def test_a_row_says_where_it_lay_in_kafka():
    columns = build([Arrived(a_record(), 7)], BOUNDS)
    assert columns["kafka_topic_id"] == ["topic"]
    assert [columns[name][0] for name in ("kafka_partition", "kafka_offset")] == [3, 7]
    assert [columns[name][0] for name in ("batch_first", "batch_last")] == [0, 1]


def test_a_record_that_says_no_arrival_arrived_when_it_happened():
    columns = build([Arrived(a_record(), 0)], BOUNDS)
    assert columns["received_at"] == columns["ts"]


def test_a_batch_that_is_inserted_again_counts_once_in_rows_and_rollup(event_store):
    bids = [a_record(price_micros=100, value_micros=150) for _ in range(3)]
    batch = [Arrived(bid, offset) for offset, bid in enumerate(bids)]
    for _ in range(2):
        store.insert(batch, BOUNDS, table=BIDS)
    assert clickhouse.query("SELECT count() FROM rtb_bids") == [(3,)]
    sums = "sum(count), sum(price_micros), sum(value_micros)"
    assert clickhouse.query(f"SELECT {sums} FROM rtb_minute_agg") == [(3, 300, 450)]


def test_the_rollup_weighs_prices_by_what_a_record_counts(event_store):
    keep(
        a_record(RecordKind.ELIGIBLE, count=10, price_micros=3, value_micros=4),
        a_record(RecordKind.BILLING, paid_micros=7, is_late=True),
        a_record(RecordKind.BILLING, paid_micros=8),
    )
    sums = "sum(count), sum(price_micros), sum(value_micros), sum(paid_micros), sum(late)"
    rows = clickhouse.query(f"SELECT toString(kind), {sums} FROM rtb_minute_agg GROUP BY kind")
    assert sorted(rows) == [("BILLING", 2, 0, 0, 15, 1), ("ELIGIBLE", 10, 30, 40, 0, 0)]


def test_refusals_expire_first(event_schema):
    (engine,) = clickhouse.query(
        "SELECT engine_full FROM system.tables WHERE database = currentDatabase() "
        "AND name = 'rtb_minute_agg'"
    )[0]
    assert "toIntervalDay(400)" in engine
    assert "toIntervalDay(30) WHERE kind = 'NO_BID'" in engine
