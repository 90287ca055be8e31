"""The bidder's records when their consumer is killed: the same steps on another stream."""

import signal
import subprocess
import sys
import uuid

import pytest

from adplatform.clients import clickhouse, kafka
from events.models import PartitionLedger
from rtb.records import RecordKind, encode
from tests.live import PROJECT, environment
from tests.rtb.records import a_record

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
SECONDS = 60


@pytest.fixture
def names(transactional_db, event_store, clean_redis) -> dict[str, str]:
    """A topic, its dead letters and a group of the test's own."""
    topic = f"bids-{uuid.uuid4().hex[:12]}"
    kafka.ensure_topics({topic: 1, f"{topic}-dlq": 1}, replication=1)
    return {
        "RTB_BIDS_TOPIC": topic,
        "RTB_BIDS_DLQ_TOPIC": f"{topic}-dlq",
        "RTB_BIDS_GROUP": topic,
        "EVENTS_BATCH_MS": "50",
    }


def consume(names: dict[str, str], **fault: str) -> int:
    """The exit code of a consumer; negative: the signal that ended it."""
    worker = [sys.executable, "-m", "tests.faults.worker"]
    options = ["consume_bids", "--once", "--max-seconds", str(SECONDS)]
    env = {**environment(0, **names), **fault}
    return subprocess.run(
        [*worker, *options], cwd=PROJECT, env=env, timeout=90, check=False
    ).returncode


@pytest.mark.parametrize("step", ["claim", "insert"])
def test_killed_at_a_step_every_record_is_stored_once(names, step):
    records = [
        a_record(kind, price_micros=number)
        for number, kind in enumerate([RecordKind.BID] * 20 + [RecordKind.WIN] * 5)
    ]
    sent = [*records[:10], records[3], *records[10:], records[7]]
    kafka.produce_and_wait([(names["RTB_BIDS_TOPIC"], each.key, encode(each)) for each in sent])
    fault = {"FAULT_STEP": step, "FAULT_WHEN": "after", "FAULT_SIGNAL": "SIGKILL"}
    assert consume(names, **fault) == -signal.SIGKILL
    assert PartitionLedger.objects.get(topic=names["RTB_BIDS_TOPIC"]).batches == 0
    assert consume(names) == 0
    assert PartitionLedger.objects.get(topic=names["RTB_BIDS_TOPIC"]).inserted == 25
    assert clickhouse.query("SELECT count(), uniqExact(event_id) FROM rtb_bids") == [(25, 25)]
    sums = "SELECT sum(count), sum(price_micros) FROM rtb_minute_agg"
    assert clickhouse.query(sums) == [(25, sum(range(25)))]
