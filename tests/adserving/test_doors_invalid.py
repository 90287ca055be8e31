"""Each validity rule made to happen through the doors, on a real Redis."""

import time
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import call_command
from prometheus_client import REGISTRY

from adplatform.clients import redis as redis_client
from adplatform.doors import Limits
from adserving.credentials import Served, new_nonce
from adserving.endpoint.tracked import observe
from adserving.endpoint.wiring import ad_doors
from adserving.frequency import User
from adserving.links import Tracking, tracking
from adserving.traffic import memory
from adserving.traffic.rules import Limit, Policy
from events.types import INVALID_BITS, Event, EventType, InvalidReason
from tests.adserving.conftest import FAR, KEYRING, build_world, site
from tests.events.builders import an_event
from tests.factories import FrequencyCapFactory

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
PUBLIC = {"x_forwarded_for": "8.8.8.8", "user_agent": BROWSER}
BEHIND_PROXY = Limits(body_bytes=1_048_576, trusted_proxies=1)


def links(world, **overrides) -> Tracking:
    values = {
        "tenant_id": world.tenant.pk,
        "campaign_id": world.campaign.pk,
        "line_item_id": world.line_item.pk,
        "template_id": world.template.pk,
        "nonce": new_nonce(),
        "served_at": int(time.time()),
        "ad_id": "1-2",
        "cost_micros": 2500,
    }
    served = Served(**{**values, **overrides})
    return tracking("", served, expires_at=FAR, keyring=KEYRING)


def use(world, policy: Policy) -> None:
    world.doors = ad_doors(site(world.accepted, policy=policy), BEHIND_PROXY)


@pytest.fixture
def world(world):
    """Behind one proxy, with a click allowed right after its impression."""
    use(world, Policy(min_click_ms=0))
    return world


def show(world, url: Tracking, **headers) -> Tracking:
    world.call(url.impression_url, **(headers or PUBLIC))
    return url


def reasons(world, kind: EventType = EventType.CLICK) -> list[str]:
    return [str(e.invalid_reason) for e in world.accepted if e.event_type is kind]


def flags(event: Event) -> set[InvalidReason]:
    return {reason for reason, bit in INVALID_BITS.items() if bit & event.invalid_flags}


def counted(name: str, **labels) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_script_that_shows_and_clicks_at_once_from_this_machine_counts(world):
    use(world, Policy(click_limits=(Limit(1, 60),), impression_limits=(Limit(1, 60),)))
    for _ in range(5):
        url = show(world, links(world), user_agent="curl/8.5.0")
        world.call(url.viewable_url)
        world.call(url.click_url)
    assert [event.invalid_reason for event in world.accepted] == [InvalidReason.NONE] * 15


def test_a_click_or_view_without_its_impression_is_flagged(world):
    url = links(world)
    world.call(url.viewable_url)
    world.call(url.click_url)
    kept = [(event.event_type, event.invalid_reason) for event in world.accepted]
    assert kept == [
        (EventType.VIEW, InvalidReason.CLICK_WITHOUT_IMPRESSION),
        (EventType.CLICK, InvalidReason.CLICK_WITHOUT_IMPRESSION),
    ]


def test_the_impression_of_another_token_does_not_help(world):
    show(world, links(world))
    world.call(links(world).click_url)
    assert reasons(world) == ["click_without_impression"]


def test_a_click_that_came_too_early_leaves_its_token_to_the_visitor(world):
    url = links(world)
    world.call(url.click_url, **PUBLIC)
    show(world, url)
    world.call(url.click_url, **PUBLIC)
    assert reasons(world) == ["click_without_impression", ""]


def test_a_link_without_an_ad_counts_once(world):
    url = links(world, served_at=0)
    for _ in range(2):
        world.call(url.click_url)
    assert reasons(world) == ["", "replayed_token"]


def test_tokens_from_before_impressions_were_remembered_are_not_judged(world):
    world.call(links(world, served_at=int(time.time()) - 60).click_url)
    assert reasons(world) == [""]


def test_a_click_sooner_than_a_person_can_is_flagged(world):
    use(world, Policy(min_click_ms=60_000))
    world.call(show(world, links(world)).click_url, **PUBLIC)
    assert reasons(world) == ["impossible_time"]


def test_an_impression_that_its_click_brought_about_says_nothing_about_time(world):
    use(world, Policy(min_click_ms=60_000))
    url = links(world)
    world.call(f"{url.impression_url}&by=click", **PUBLIC)
    world.call(url.click_url, **PUBLIC)
    assert reasons(world) == [""]


def test_what_happened_before_the_ad_was_served_is_flagged(world):
    show(world, links(world, served_at=int(time.time()) + 60))
    assert reasons(world, EventType.IMPRESSION) == ["impossible_time"]


def test_a_second_click_of_a_user_on_the_same_line_item_is_flagged(world):
    for _ in range(2):
        world.call(show(world, links(world, user_id="u-1")).click_url)
    world.call(show(world, links(world, user_id="u-2")).click_url)
    assert reasons(world) == ["", "duplicate_click", ""]


def test_the_window_is_of_one_line_item_or_of_one_template(world):
    for ids in ({}, {"line_item_id": 0}, {"line_item_id": 0}):
        world.call(show(world, links(world, user_id="u-1", **ids)).click_url)
    assert reasons(world) == ["", "", "duplicate_click"]


def test_a_duplicate_click_leaves_its_token_and_the_window_ends(world):
    use(world, Policy(duplicate_click_seconds=1))
    first, second = (show(world, links(world, user_id="u-1"), user_agent="") for _ in range(2))
    world.call(first.click_url)
    world.call(second.click_url)
    time.sleep(1.1)
    world.call(second.click_url)
    assert reasons(world) == ["", "duplicate_click", ""]


def test_without_a_user_id_address_and_browser_are_the_visitor(world):
    use(world, Policy(min_click_ms=0))
    other_browser = {**PUBLIC, "user_agent": BROWSER.replace("145.0", "144.0")}
    for headers in (PUBLIC, PUBLIC, other_browser, {**PUBLIC, "x_forwarded_for": "9.9.9.9"}):
        world.call(show(world, links(world)).click_url, **headers)
    assert reasons(world) == ["", "duplicate_click", "", ""]


def test_visitors_behind_an_undeclared_proxy_are_not_one_visitor(world):
    for _ in range(3):
        world.call(show(world, links(world)).click_url, x_forwarded_for="10.0.0.1")
    assert reasons(world) == ["", "", ""]


def test_the_same_token_from_elsewhere_is_a_replay_and_at_once_also_a_duplicate(world):
    url = show(world, links(world))
    for headers in (PUBLIC, PUBLIC, {"x_forwarded_for": "9.9.9.9"}):
        world.call(url.click_url, **headers)
    assert reasons(world) == ["", "replayed_token", "replayed_token"]
    _, again, elsewhere = (e for e in world.accepted if e.event_type is EventType.CLICK)
    assert flags(again) == {InvalidReason.REPLAYED_TOKEN, InvalidReason.DUPLICATE_CLICK}
    assert flags(elsewhere) == {InvalidReason.REPLAYED_TOKEN}


def test_more_clicks_of_one_address_than_its_rate_are_flagged(world):
    use(world, Policy(min_click_ms=0, duplicate_click_seconds=0, click_limits=(Limit(3, 60),)))
    for address in ["8.8.8.8"] * 5 + ["9.9.9.9"]:
        url = show(world, links(world))
        world.call(url.click_url, x_forwarded_for=address)
    assert reasons(world) == ["", "", "", "rate_limit", "rate_limit", ""]


def test_ipv6_addresses_of_one_network_are_one_source(world):
    use(world, Policy(min_click_ms=0, duplicate_click_seconds=0, click_limits=(Limit(1, 60),)))
    for host in ("1", "2"):
        address = f"2a00:1450:4001:80b::{host}"
        world.call(show(world, links(world)).click_url, x_forwarded_for=address)
    assert reasons(world) == ["", "rate_limit"]


def test_another_tenants_traffic_does_not_count_towards_a_rate(world):
    use(world, Policy(min_click_ms=0, duplicate_click_seconds=0, click_limits=(Limit(1, 60),)))
    other = build_world()
    other.reload()
    world.call(show(world, links(world)).click_url, **PUBLIC)
    world.call(show(world, links(other)).click_url, **PUBLIC)
    assert reasons(world) == ["", ""]


def test_impressions_over_the_rate_cost_nothing_and_use_up_no_cap(world, clean_redis):
    FrequencyCapFactory(campaign=world.campaign, impressions=9, seconds=3600)
    world.reload()
    use(world, Policy(impression_limits=(Limit(2, 60),)))
    for _ in range(4):
        show(world, links(world, user_id="u-1"))
    assert reasons(world, EventType.IMPRESSION) == ["", "", "rate_limit", "rate_limit"]
    assert [event.cost_micros for event in world.accepted] == [2500, 2500, 0, 0]
    prefix = User(world.tenant.pk, "u-1").counters
    assert clean_redis.get(f"{prefix}c{world.campaign.pk}:3600") == b"2"


def test_a_repeat_over_the_rate_does_not_take_back_the_impression_that_counted(world, clean_redis):
    FrequencyCapFactory(campaign=world.campaign, impressions=9, seconds=3600)
    world.reload()
    use(world, Policy(impression_limits=(Limit(1, 60),)))
    url = show(world, show(world, links(world, user_id="u-1")))
    show(world, url)
    assert reasons(world, EventType.IMPRESSION) == ["", "rate_limit", "rate_limit"]
    prefix = User(world.tenant.pk, "u-1").counters
    assert clean_redis.get(f"{prefix}c{world.campaign.pk}:3600") == b"1"


def test_an_impression_counts_against_caps_in_the_same_round_trip(world, clean_redis):
    FrequencyCapFactory(campaign=world.campaign, impressions=9, seconds=3600)
    world.reload()
    before = counted("adplatform_engine_calls_total", engine="redis", outcome="ok")
    url = links(world, user_id="u-1")
    show(world, url)
    after = counted("adplatform_engine_calls_total", engine="redis", outcome="ok")
    assert after - before == 1
    show(world, url)  # a beacon that is sent again
    prefix = User(world.tenant.pk, "u-1").counters
    assert clean_redis.get(f"{prefix}c{world.campaign.pk}:3600") == b"1"
    assert len({event.event_id for event in world.accepted}) == 1


def test_a_listed_source_is_flagged_even_if_it_is_private(world, tmp_path):
    (tmp_path / "list").write_text("8.8.8.0/24\n10.0.0.0/8\n2a00::/16\n")
    call_command("load_ip_list", str(tmp_path / "list"), "--name=datacenter", stdout=StringIO())
    world.reload()
    for address in ("8.8.8.8", "10.1.1.1", "2a00::1", "8.8.4.4"):
        show(world, links(world), x_forwarded_for=address)
    found = reasons(world, EventType.IMPRESSION)
    assert found == ["listed_source", "listed_source", "listed_source", ""]


def test_libraries_count_unless_the_operator_says_otherwise(world):
    for policy in (Policy(), Policy(http_libraries=True)):
        use(world, policy)
        for agent in ("curl/8.5.0", ""):
            show(world, links(world), user_agent=agent)
    assert reasons(world, EventType.IMPRESSION) == ["", "", "known_bot", "known_bot"]


def test_flags_hold_all_rules_and_reasons_are_counted(world):
    labels = {"flow": "validity", "reason": "known_bot"}
    before = counted("adplatform_reasons_total", **labels)
    world.call(links(world).click_url, user_agent="Googlebot/2.1", sec_purpose="prefetch")
    (click,) = world.accepted
    assert click.invalid_reason == InvalidReason.KNOWN_BOT
    assert flags(click) == {
        InvalidReason.KNOWN_BOT,
        InvalidReason.PREFETCH,
        InvalidReason.CLICK_WITHOUT_IMPRESSION,
    }
    assert counted("adplatform_reasons_total", **labels) == before + 1


def test_fifty_clicks_of_one_user_at_once_are_one_valid_click(world):
    urls = [show(world, links(world, user_id="u-1")).click_url for _ in range(50)]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda url: world.call(url, user_agent=BROWSER).status, urls))
    assert answers == [302] * 50
    assert sorted(reasons(world)) == ["", *["duplicate_click"] * 49]


def test_fifty_clicks_of_one_token_at_once_are_one_valid_click(world):
    url = show(world, links(world)).click_url
    with ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda _: world.call(url), range(50)))
    assert sorted(reasons(world)) == ["", *["replayed_token"] * 49]


@pytest.fixture
def redis_away(settings):
    """A server that does not answer, then the real one again."""
    redis_client.close()
    url, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:1/0"
    yield
    settings.REDIS_URL = url
    redis_client.close()


def test_without_redis_hits_count_and_it_is_said(world, redis_away):
    before = counted("adplatform_uncounted_total", what="validity")
    url = links(world, user_id="u-1")
    assert world.call(url.impression_url, **PUBLIC).status == 200
    assert [world.call(url.click_url, **PUBLIC).status for _ in range(2)] == [302, 302]
    assert [event.invalid_reason for event in world.accepted] == [InvalidReason.NONE] * 3
    assert len({event.event_id for event in world.accepted}) == 2  # the repeat counts once
    assert counted("adplatform_uncounted_total", what="validity") == before + 3


def test_clicks_on_what_was_shown_while_redis_was_away_count(world, settings):
    url = links(world)
    address = settings.REDIS_URL
    redis_client.close()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    show(world, url)
    settings.REDIS_URL = address
    redis_client.close()
    world.call(url.click_url)
    world.call(links(world, served_at=int(time.time()) + 3).click_url)
    assert reasons(world) == ["", "click_without_impression"]


def test_clicks_count_after_redis_has_lost_everything(world):
    url = show(world, links(world))
    redis_client.client().flushdb()
    world.call(url.click_url)
    assert reasons(world) == [""]


def test_a_process_that_starts_without_redis_judges_nothing_from_before(world, redis_away):
    memory.begin()
    assert memory._missed_until > 0


def test_events_of_a_batch_are_counted_against_caps_in_one_round_trip(world, clean_redis):
    FrequencyCapFactory(campaign=world.campaign, impressions=9, seconds=3600)
    world.reload()
    ids = {"tenant_id": world.tenant.pk, "line_item_id": world.line_item.pk, "user_id": "u-1"}
    events = [an_event(event_type=EventType.IMPRESSION, **ids) for _ in range(5)]
    before = counted("adplatform_engine_calls_total", engine="redis", outcome="ok")
    observe([*events, events[0]])
    assert counted("adplatform_engine_calls_total", engine="redis", outcome="ok") == before + 1
    prefix = User(world.tenant.pk, "u-1").counters
    assert clean_redis.get(f"{prefix}c{world.campaign.pk}:3600") == b"5"


def test_a_batch_without_redis_is_said_to_be_uncounted(world, redis_away):
    FrequencyCapFactory(campaign=world.campaign, impressions=9, seconds=3600)
    world.reload()
    ids = {"tenant_id": world.tenant.pk, "line_item_id": world.line_item.pk, "user_id": "u-1"}
    before = counted("adplatform_uncounted_total", what="frequency")
    observe([an_event(event_type=EventType.IMPRESSION, **ids) for _ in range(3)])
    assert counted("adplatform_uncounted_total", what="frequency") == before + 3
