"""Clicks and beacons, from outside."""

import re

import pytest

from adserving.credentials import Served
from adserving.links import tracking
from events.types import EventType, InvalidReason
from tests.adserving.conftest import FAR, KEYRING, build_world

pytestmark = pytest.mark.django_db


def decided(world) -> dict:
    return world.call(world.decision_url()).json()


def shown(world) -> dict:
    """A decision whose impression was counted; ``world.accepted`` holds what comes after it."""
    decision = decided(world)
    world.call(decision["impression_url"])
    world.accepted.clear()
    return decision


def links(world, *, expires_at=FAR, served_at=0, **overrides):
    values = {
        "tenant_id": world.tenant.pk,
        "campaign_id": world.campaign.pk,
        "template_id": world.template.pk,
        "nonce": b"a-nonce-that-is-used",
        "served_at": served_at,
        "ad_id": "1-2",
    }
    served = Served(**{**values, **overrides})
    return tracking("", served, expires_at=expires_at, keyring=KEYRING)


def test_a_click_counts_and_goes_to_the_stored_landing_page(world):
    answer = world.call(shown(world)["click_url"])
    assert answer.status == 302
    assert answer.headers["Location"] == f"https://shop.example.com/floors?c={world.campaign.pk}"
    assert answer.headers["Cache-Control"] == "no-store"
    (click,) = world.accepted
    assert (click.event_type, click.invalid_reason) == (EventType.CLICK, InvalidReason.NONE)
    assert click.template_id == world.template.pk


def test_the_seeds_doubled_path_is_the_same_door(world):
    url = shown(world)["click_url"].replace("/ad_server/", "/ad_server/ad_server/", 1)
    assert world.call(url).status == 302
    assert len(world.accepted) == 1


def test_a_replayed_click_redirects_and_is_kept_as_invalid(world):
    url = shown(world)["click_url"]
    assert [world.call(url).status for _ in range(3)] == [302, 302, 302]
    reasons = [event.invalid_reason for event in world.accepted]
    assert reasons == [InvalidReason.NONE, *[InvalidReason.REPLAYED_TOKEN] * 2]
    assert len({event.event_id for event in world.accepted}) == 3


def test_an_expired_click_redirects_and_is_kept_as_invalid(world):
    assert world.call(links(world, expires_at=1).click_url).status == 302
    assert world.accepted[0].invalid_reason == InvalidReason.EXPIRED_TOKEN


def test_a_tampered_click_is_404_without_a_redirect_and_nothing_is_counted(world):
    url = decided(world)["click_url"]
    answer = world.call(url[:-1] + ("A" if url[-1] != "A" else "B"))
    assert answer.status == 404
    assert "Location" not in answer.headers
    assert world.accepted == []


@pytest.mark.parametrize("change", ["campaign_id=9", "segment_id=9", "template=9", "ad_id=9-9"])
def test_ids_in_the_query_must_be_those_of_the_token(world, change):
    name = change.partition("=")[0]
    url = re.sub(rf"([?&]){name}=[^&]*", rf"\1{change}", decided(world)["click_url"])
    assert world.call(url).status == 404
    assert world.accepted == []


@pytest.mark.parametrize("stored", ["//evil.example", "javascript:alert(1)", "http://a.example/"])
def test_a_stored_landing_page_that_is_unsafe_is_never_followed(world, stored):
    world.template.landing_url = stored
    world.template.save()
    world.reload()
    answer = world.call(decided(world)["click_url"])
    assert answer.status == 404
    assert "Location" not in answer.headers


def test_a_destination_in_the_query_is_ignored(world):
    url = decided(world)["click_url"] + "&dest=https://evil.example&url=//evil.example"
    assert "evil" not in world.call(url).headers["Location"]


def test_a_click_after_the_campaign_ended_still_redirects(world):
    url = decided(world)["click_url"]
    world.campaign.status = "ENDED"
    world.campaign.save()
    world.reload()
    assert world.call(url).status == 302
    assert len(world.accepted) == 1


@pytest.mark.parametrize(
    "headers", [{"sec_purpose": "prefetch"}, {"purpose": "prefetch"}, {"x_moz": "prefetch"}]
)
def test_prefetches_are_answered_and_kept_as_invalid(world, headers):
    decision = decided(world)
    assert world.call(decision["impression_url"], **headers).status == 200
    assert world.call(decision["click_url"], **headers).status == 302
    assert [event.invalid_reason for event in world.accepted] == [InvalidReason.PREFETCH] * 2
    assert [event.cost_micros for event in world.accepted] == [0, 0]


def test_a_prefetch_does_not_take_the_visitors_place(world):
    decision = decided(world)
    for headers in ({"sec_purpose": "prefetch"}, {}):
        world.call(decision["impression_url"], **headers)
        world.call(decision["click_url"], **headers)
    assert [bool(event.invalid_reason) for event in world.accepted] == [True, True, False, False]
    assert len({event.event_id for event in world.accepted}) == 4


def test_head_never_counts(world):
    decision = decided(world)
    for name in ("impression_url", "viewable_url", "click_url"):
        assert world.call(decision[name], method="HEAD").body == b""
    assert world.accepted == []


def test_a_declared_robot_is_flagged_and_costs_nothing(world):
    robot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    world.call(decided(world)["impression_url"], user_agent=robot)
    assert world.accepted[0].invalid_reason == InvalidReason.KNOWN_BOT
    assert world.accepted[0].cost_micros == 0


def test_an_impression_that_comes_too_late_is_flagged(world):
    world.call(links(world, served_at=1).impression_url)
    assert world.accepted[0].invalid_reason == InvalidReason.EXPIRED_TOKEN


def test_a_beacon_is_204_and_a_pixel_is_a_gif(world):
    decision = decided(world)
    beacon = world.call(decision["impression_url"], method="POST")
    assert (beacon.status, beacon.body) == (204, b"")
    pixel = world.call(decision["viewable_url"])
    assert pixel.headers["Content-Type"] == "image/gif"
    assert pixel.body.startswith(b"GIF89a")


@pytest.mark.parametrize("credentials", ["", "x", "k1.AAAA.BBBB", "a" * 5000])
def test_a_beacon_without_genuine_credentials_counts_nothing(world, credentials):
    answer = world.call(f"/ad_server/impression?credentials={credentials}", method="POST")
    assert answer.status in {400, 404}
    assert world.accepted == []


def test_links_of_a_tenant_that_was_switched_off_are_404(world):
    url = decided(world)["click_url"]
    world.tenant.is_active = False
    world.tenant.save()
    world.reload()
    assert world.call(url).status == 404


def test_another_tenants_token_counts_for_that_tenant_only(world):
    other = build_world()
    other.reload()
    world.call(links(other).impression_url)
    assert [event.tenant_id for event in world.accepted] == [other.tenant.pk]
