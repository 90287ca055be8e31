"""With hashing on, no door lets a user id out: not into tokens, nor into Redis, nor into Kafka."""

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from adserving.endpoint.wiring import event_doors
from adserving.frequency import forget
from events.types import decode
from events.users import PREFIX, is_hashed
from tenants.models import UserSalt
from tenants.salts import rotate_salts
from tests.adserving.conftest import LIMITS
from tests.adserving.test_doors_decision import ask
from tests.events.conftest import Stream
from tests.factories import FrequencyCapFactory
from tests.wsgi_client import call

pytestmark = pytest.mark.django_db
USER, SESSION = "jane@example.com", "jane-s-session"


@pytest.fixture
def hashing(world, clean_redis):
    """The world of an account that hashes, with a salt and a cap of one impression."""
    FrequencyCapFactory(campaign=world.campaign, impressions=1)
    world.tenant.user_id_hashing = True
    world.tenant.save()
    rotate_salts(now=datetime.now(UTC))
    world.reload()
    return world


def salt_of(world) -> bytes:
    return bytes(UserSalt.across_tenants.get(tenant=world.tenant).secret)


def decided(world) -> dict:
    return ask(world, user_id=USER, session_id=SESSION).json()


def send(world, **event):
    """Post an event to the ingest door."""
    body = {
        "event_id": str(uuid4()),
        "event_type": "IMPRESSION",
        "ts": datetime.now(UTC).isoformat(),
        **event,
    }
    return call(
        event_doors(LIMITS)["/api/events"],
        "/api/events/",
        method="POST",
        body=json.dumps(body).encode(),
        authorization=f"Bearer {world.key}",
    )


def test_urls_do_not_carry_the_id(hashing):
    answer = decided(hashing)
    urls = [answer[name] for name in ("impression_url", "viewable_url", "click_url")]
    for url in [*urls, answer["creative"]["template_url"]]:
        (token,) = parse_qs(urlsplit(url).query)["credentials"]
        signed = urlsafe_b64decode(token.split(".")[1] + "==")
        assert b"jane" not in signed
        assert PREFIX.encode() in signed


def test_redis_does_not_hold_the_id(hashing, clean_redis):
    hashing.call(decided(hashing)["impression_url"])
    keys = clean_redis.keys("*")
    assert keys
    assert "jane" not in repr(keys)


def test_events_carry_the_pseudonym(hashing):
    hashing.call(decided(hashing)["impression_url"])
    (event,) = hashing.accepted
    assert is_hashed(event.user_id, salt_of(hashing))
    assert is_hashed(event.session_id, salt_of(hashing))


def test_caps_count_beacons(hashing, clean_redis):
    hashing.call(decided(hashing)["impression_url"])
    forget_pending(clean_redis)
    assert decided(hashing)["line_item_id"] is None


def test_caps_count_events_that_a_client_sends(hashing, kafka_topic, settings):
    settings.EVENTS_TOPIC = kafka_topic
    answer = send(hashing, user_id=USER, line_item_id=hashing.line_item.pk)
    assert answer.status == 202, answer.body
    (message,) = Stream(kafka_topic, "").read(kafka_topic, 1)
    assert is_hashed(decode(message.value() or b"").user_id, salt_of(hashing))
    assert decided(hashing)["line_item_id"] is None


def test_without_a_salt_nobody_is_known_and_ads_are_served(hashing, clean_redis):
    UserSalt.across_tenants.all().delete()
    hashing.reload()
    clean_redis.flushdb()
    for _ in range(2):
        answer = decided(hashing)
        assert answer["line_item_id"] == hashing.line_item.pk
        hashing.call(answer["impression_url"])
    assert {(event.user_id, event.session_id) for event in hashing.accepted} == {("", "")}


def test_a_forgotten_users_counters_are_gone_and_others_stay(world, clean_redis):
    FrequencyCapFactory(campaign=world.campaign, impressions=1)
    world.reload()
    for user in (USER, "ben"):
        world.call(ask(world, user_id=user).json()["impression_url"])
    forget_pending(clean_redis)
    assert forget(world.tenant.pk, ["", USER]) > 0
    assert forget(world.tenant.pk, [USER]) == 0
    assert forget(world.tenant.pk + 1, ["ben"]) == 0
    assert ask(world, user_id=USER).json()["line_item_id"] == world.line_item.pk
    assert ask(world, user_id="ben").json()["line_item_id"] is None


def forget_pending(clean_redis) -> None:
    """What a decision counts until its impression comes."""
    for key in clean_redis.keys("*p:*"):
        clean_redis.delete(key)
