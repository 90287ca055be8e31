"""A broker that is away or full, a door that dies: scenarios 32 to 36 of docs/exactness.md."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from adplatform.clients import kafka
from tests.flows.advertiser import build
from tests.live import fetch, wait

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow_fault,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def advertiser(platform):
    made = build(platform.url)
    platform.wait_until_served(made.template_url)
    return made


@pytest.fixture
def stopped_broker(running_engines):
    """A broker that takes connections and answers nothing, until it is told to go on."""
    pid = running_engines.children["kafka"].pid
    os.kill(pid, signal.SIGSTOP)
    yield lambda: os.kill(pid, signal.SIGCONT)
    os.kill(pid, signal.SIGCONT)


def send(platform, advertiser, event):
    return fetch(
        f"{platform.url}/api/events/",
        method="POST",
        body=event,
        authorization=f"Bearer {advertiser.key}",
    )


def test_without_an_acknowledgement_there_is_no_202_and_the_retry_counts_once(
    platform, advertiser, request
):
    """32 and 34: the message may have arrived although its sender was told to try again."""
    now = datetime.now(UTC).isoformat()
    event = advertiser.event(str(uuid4()), "IMPRESSION", ts=now)
    go_on = request.getfixturevalue("stopped_broker")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(send, platform, advertiser, event).result(15)
    assert (answer.status, "retry-after" in answer.headers) == (503, True)
    go_on()
    wait(lambda: send(platform, advertiser, event).status == 202, "it does not recover", 40)
    assert send(platform, advertiser, event).status == 202
    platform.wait_for_report(advertiser.key, {"impressions": 1}, tenant_id=advertiser.tenant_id)


def fill_the_queue(topic):
    for _ in range(100_001):
        kafka.produce(topic, b"key", b"x" * 100)


def test_a_full_queue_is_refused_at_once(kafka_topic, stopped_broker):
    """35: memory is bounded by the producer's queue."""
    with pytest.raises(kafka.KafkaUnavailable):
        fill_the_queue(kafka_topic)
    stopped_broker()
    assert kafka.flush(30) == 0
