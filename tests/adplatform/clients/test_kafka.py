"""adplatform/clients/kafka.py on a real broker."""

import os
import queue
import time
import uuid

import pytest

from adplatform.clients import kafka
from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.kafka import producer


def read(topic, count, group="readers", seconds=15):
    reader = kafka.consumer(group)
    reader.assign([kafka.position(topic, 0, 0)])  # joining a group takes the broker 3 s
    found: list[kafka.Message] = []
    deadline = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < deadline:
        found += reader.consume(count, 0.2)
    reader.commit(asynchronous=False)
    reader.close()
    return found


@pytest.fixture
def nobody_listens(settings):
    settings.KAFKA_BOOTSTRAP_SERVERS = "127.0.0.1:1"
    before = dict(producer._senders)
    producer._senders.clear()
    yield
    for sender in producer._senders.pop(os.getpid(), []):
        sender.failed = True
    producer._senders.clear()
    producer._senders.update(before)


def test_what_was_acknowledged_can_be_read(kafka_topic):
    kafka.produce_and_wait([(kafka_topic, b"k", b"%d" % number) for number in range(50)])
    messages = read(kafka_topic, 50)
    assert [message.value() for message in messages] == [b"%d" % number for number in range(50)]
    assert [message.offset() for message in messages] == list(range(50))


def test_a_group_member_gets_the_partition_and_its_lag_ends(kafka_topic):
    kafka.produce_and_wait([(kafka_topic, b"k", b"v")] * 3)
    reader = kafka.consumer("members")
    reader.subscribe([kafka_topic])
    found: list[kafka.Message] = []
    deadline = time.monotonic() + 15
    while len(found) < 3 and time.monotonic() < deadline:
        found += reader.consume(10, 0.2)
    reader.commit(asynchronous=False)
    assert len(found) == 3
    assert kafka.group_lag("members", kafka_topic) == {0: 0}
    reader.close()


def test_a_group_that_never_read_lags_by_everything(kafka_topic):
    for _ in range(3):
        kafka.produce_and_wait([(kafka_topic, b"k", b"v")])
    assert kafka.group_lag("nobody", kafka_topic) == {0: 3}


def test_a_topic_that_does_not_exist_has_no_lag():
    assert kafka.group_lag("nobody", "no-such-topic") == {}


def test_headers_and_the_delivery_report_arrive(kafka_topic):
    reports: queue.SimpleQueue[object] = queue.SimpleQueue()
    kafka.produce(
        kafka_topic,
        b"k",
        b"v",
        headers=[("reason", b"torn")],
        on_delivery=lambda error, message: reports.put((error, message.offset())),
    )
    assert reports.get(timeout=10) == (None, 0)
    assert read(kafka_topic, 1)[0].headers() == [("reason", b"torn")]


def test_nothing_to_produce_does_not_wait():
    kafka.produce_and_wait([])


def test_a_topic_that_does_not_exist_is_not_created_by_producing():
    with pytest.raises(kafka.KafkaUnavailable):
        kafka.produce_and_wait([(f"typo-{uuid.uuid4().hex}", b"k", b"v")], timeout=2)


def test_ensuring_topics_twice_changes_nothing():
    name = f"test-{uuid.uuid4().hex}"
    kafka.ensure_topics({name: 3}, replication=1)
    first = kafka.describe(name)
    kafka.ensure_topics({name: 5}, replication=1)
    assert kafka.topic_partitions()[name] == 3
    assert kafka.describe(name) == first


def test_every_topic_has_an_id_of_its_own(kafka_topic):
    other = f"test-{uuid.uuid4().hex}"
    kafka.ensure_topics({other: 1}, replication=1)
    ids = {kafka.describe(kafka_topic).id, kafka.describe(other).id}
    assert len(ids) == 2
    assert all(len(topic_id) == 22 for topic_id in ids)


def test_the_id_of_a_missing_topic_is_an_error():
    with pytest.raises(kafka.KafkaUnavailable):
        kafka.describe("no-such-topic")


def test_watermarks_bound_what_a_partition_holds(kafka_topic):
    for _ in range(4):
        kafka.produce_and_wait([(kafka_topic, b"k", b"v")])
    reader = kafka.consumer("watermarks")
    assert kafka.watermarks(reader, kafka_topic, 0) == (0, 4)
    reader.close()


def test_it_is_unavailable_when_nobody_listens(nobody_listens):
    assert not kafka.cluster_ready(timeout=0.3)
    with pytest.raises(kafka.KafkaUnavailable, match="did not acknowledge"):
        kafka.produce_and_wait([("any", b"k", b"v")], timeout=0.3)


def test_without_an_address_it_names_the_command_that_starts_one(settings):
    settings.KAFKA_BOOTSTRAP_SERVERS = ""
    with pytest.raises(EngineNotRunning, match="KAFKA_BOOTSTRAP_SERVERS"):
        kafka.consumer("any")


@pytest.mark.fault
def test_it_produces_again_after_the_broker_lost_its_log(kafka_topic, running_engines):
    kafka.produce_and_wait([(kafka_topic, b"k", b"v")] * 3)
    before = kafka.describe(kafka_topic)
    running_engines.stop_engine("kafka")
    assert not kafka.cluster_ready(timeout=0.3)
    running_engines.start_engine("kafka")
    kafka.ensure_topics({kafka_topic: 1}, replication=1)
    with pytest.raises(kafka.KafkaUnavailable):  # the new broker does not know the old producer
        kafka.produce_and_wait([(kafka_topic, b"k", b"lost")])
    kafka.produce_and_wait([(kafka_topic, b"k", b"new")])
    assert [message.value() for message in read(kafka_topic, 1, group="after")] == [b"new"]
    assert kafka.describe(kafka_topic) != before


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_makes_its_own_producer(kafka_topic):
    kafka.produce_and_wait([(kafka_topic, b"k", b"parent")])
    pid = os.fork()
    if pid == 0:
        try:
            kafka.produce_and_wait([(kafka_topic, b"k", b"child")])
        except BaseException:  # noqa: BLE001 - the child must not run the tests
            os._exit(1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    assert len(read(kafka_topic, 2)) == 2
