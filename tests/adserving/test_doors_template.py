"""/ad_server/template and /ad_server/decision_api, from outside."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from adplatform.money import from_cents
from adserving import refresh
from adserving.credentials import open_served
from adserving.spend import Spend
from campaigns.models import CampaignStatus, CreativeAsset
from events.types import EventType
from optimization.services import activate_arms
from optimization.space import format_ad_id
from tests.adserving.conftest import KEYRING, build_world, config_of
from tests.factories import PlacementFactory, SegmentFactory, first_combination

pytestmark = pytest.mark.django_db


def test_the_page_carries_its_tag_its_fallback_and_a_strict_policy(world):
    answer = world.call(world.template_url())
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "X-Frame-Options" not in answer.headers
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    config = config_of(answer.body)
    assert config["decision_url"].startswith("http://testserver/ad_server/decision_api?campaign=")
    headlines = (b"New floors, same week", b"Oak from 39 a metre")
    assert sum(headline in answer.body for headline in headlines) == 1
    assert b"<noscript><img" in answer.body


def test_the_decision_of_the_page_fills_every_component(world):
    config = config_of(world.call(world.template_url()).body)
    answer = world.call(config["decision_url"])
    decided = answer.json()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert set(decided["values"]) == {"headline", "photo", "accent", "cta"}
    assets = [part["creative_asset_id"] for part in decided["components"]]
    assert decided["ad_id"] == format_ad_id(assets)
    assert [p["value"] for p in decided["components"]] == list(decided["values"].values())


def test_a_page_counts_once_however_often_its_decision_is_asked(world):
    config = config_of(world.call(world.template_url()).body)
    for _ in range(3):
        world.call(world.call(config["decision_url"]).json()["impression_url"], method="POST")
    world.call(config["fallback"]["impression_url"])
    assert len({event.event_id for event in world.accepted}) == 1
    assert len(world.accepted) == 4


def test_credentials_without_a_page_count_every_decision(world):
    for _ in range(3):
        world.call(world.call(world.decision_url()).json()["impression_url"], method="POST")
    assert len({event.event_id for event in world.accepted}) == 3


def test_the_batch_of_the_segment_decides_and_its_weights_hold(world):
    segment = SegmentFactory(tenant=world.tenant)
    one = format_ad_id(first_combination(world.template))
    space = [a.pk for a in CreativeAsset.across_tenants.filter(component__template=world.template)]
    other = format_ad_id([space[1], space[3], space[5], space[7]])
    activate_arms(
        template=world.template,
        segment_id=segment.pk,
        arms=[{"ad_id": one, "weight": 3}, {"ad_id": other, "weight": 1}],
    )
    world.reload()
    url = world.decision_url(segment_id=segment.pk)
    served = [world.call(url).json()["ad_id"] for _ in range(400)]
    assert set(served) == {one, other}
    assert 0.66 < served.count(one) / 400 < 0.84
    everyone = {world.call(world.decision_url()).json()["ad_id"] for _ in range(200)}
    assert len(everyone) == 16


def test_an_arm_with_an_inactive_asset_does_not_serve(world):
    combination = first_combination(world.template)
    activate_arms(
        template=world.template,
        segment_id=None,
        arms=[{"ad_id": format_ad_id(combination), "weight": 1}],
    )
    CreativeAsset.across_tenants.filter(pk=combination[0]).update(is_active=False)
    world.reload()
    served = {world.call(world.decision_url()).json()["ad_id"] for _ in range(100)}
    assert served
    assert not any(ad_id.startswith(f"{combination[0]}-") for ad_id in served)


@pytest.mark.parametrize("missing", ["customer_id", "campaign_id", "template_id", "credentials"])
def test_a_missing_parameter_is_named(world, missing):
    url = re.sub(rf"([?&]){missing}=[^&]*&?", r"\1", world.template_url())
    answer = world.call(url)
    assert answer.status == 400
    assert missing in answer.json()["detail"]


@pytest.mark.parametrize("value", ["abc", "-1", "1.5", "9" * 30, "1;drop", "%00"])
def test_a_malformed_id_is_400(world, value):
    url = re.sub(r"template_id=\d+", f"template_id={value}", world.template_url())
    assert world.call(url).status == 400


@pytest.mark.parametrize("name", ["customer_id", "campaign_id", "template_id"])
def test_ids_that_the_credentials_were_not_made_for_are_404(world, name):
    url = re.sub(rf"{name}=\d+", f"{name}=999999", world.template_url())
    assert world.call(url).status == 404


def test_tampered_credentials_are_404_and_nothing_is_counted(world):
    for url in (world.template_url(), world.decision_url()):
        answer = world.call(url[:-1] + ("A" if url[-1] != "A" else "B"))
        assert answer.status == 404
    assert world.accepted == []


def test_credentials_of_a_decision_do_not_open_a_template(world):
    credentials = world.decision_url().split("credentials=")[1]
    url = re.sub(r"credentials=.*", f"credentials={credentials}", world.template_url())
    assert world.call(url).status == 404


def test_expired_credentials_are_410(world):
    assert world.call(world.template_url(expires_at=1)).status == 410
    assert world.call(world.decision_url(expires_at=1)).status == 410


def test_another_tenants_campaign_and_template_are_404(world):
    other = build_world()
    other.reload()
    foreign = world.template_url(campaign_id=other.campaign.pk)
    assert world.call(foreign).status == 404
    assert world.call(world.decision_url(template_id=other.template.pk)).status == 404


def test_a_draft_is_not_served(world):
    world.template.status = "draft"
    world.template.save()
    world.reload()
    assert world.call(world.template_url()).status == 404


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": CampaignStatus.PAUSED}, "campaign_not_active"),
        ({"end_at": datetime.now(UTC) - timedelta(seconds=1)}, "campaign_ended"),
        ({"start_at": datetime.now(UTC) + timedelta(hours=1)}, "campaign_not_started"),
    ],
)
def test_a_campaign_that_does_not_run_leaves_the_frame_blank(world, change, reason):
    for name, value in change.items():
        setattr(world.campaign, name, value)
    world.campaign.save()
    world.reload()
    page = world.call(world.template_url())
    assert (page.status, page.headers["X-Ad-Status"]) == (200, reason)
    assert b"adp-config" not in page.body
    decision = world.call(world.decision_url()).json()
    assert (decision["ad_id"], decision["reason"]) == (None, reason)


def test_the_placements_domains_may_embed_the_ad_and_nobody_else(world):
    placement = PlacementFactory(tenant=world.tenant, allowed_domains=["https://shop.example"])
    world.reload()
    page = world.call(world.template_url(placement_id=placement.pk))
    assert "frame-ancestors https://shop.example;" in page.headers["Content-Security-Policy"]
    assert (
        "frame-ancestors *;" in world.call(world.template_url()).headers["Content-Security-Policy"]
    )


def test_the_price_of_the_line_item_travels_with_the_impression(world):
    decided = world.call(world.decision_url()).json()
    token = decided["impression_url"].split("credentials=")[1]
    assert open_served(token, now=1, keyring=KEYRING).served.cost_micros == 2_500
    world.call(decided["impression_url"])
    world.call(decided["viewable_url"], method="POST")
    impression, viewable = world.accepted
    assert (impression.event_type, impression.cost_micros) == (EventType.IMPRESSION, 2_500)
    assert (viewable.event_type, viewable.cost_micros) == (EventType.VIEW, 0)
    assert impression.ad_id == decided["ad_id"]


def test_a_host_that_we_do_not_serve_never_enters_a_link(world):
    answer = world.call(world.template_url(), host="evil.example")
    assert b"evil.example" not in answer.body
    assert b"http://base.example/ad_server/decision_api" in answer.body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_405(world, method):
    assert world.call(world.template_url(), method=method).status == 405


def test_a_preflight_is_answered_without_credentials(world):
    answer = world.call("/ad_server/decision_api", method="OPTIONS")
    assert answer.status == 204
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_the_hot_doors_ask_no_database(world, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = world.call(world.template_url())
        decided = world.call(config_of(page.body)["decision_url"]).json()
        world.call(decided["impression_url"], method="POST")
        world.call(decided["viewable_url"], method="POST")
        assert world.call(decided["click_url"]).status == 302


def test_a_tag_of_a_paused_line_item_or_a_spent_budget_is_blank(world, monkeypatch):
    world.campaign.total_budget_cents = 100
    world.campaign.save()
    world.reload()
    assert "X-Ad-Status" not in world.call(world.template_url()).headers
    spent = Spend(datetime.now(UTC), campaign_total={world.campaign.pk: from_cents(100)})
    monkeypatch.setattr(refresh, "_spend", spent)
    page = world.call(world.template_url())
    assert page.headers["X-Ad-Status"] == "campaign_total_budget_spent"
    assert world.call(world.decision_url()).json()["ad_id"] is None
    world.line_item.status = "PAUSED"
    world.line_item.save()
    world.reload()
    assert world.call(world.template_url()).headers["X-Ad-Status"] == "line_item_not_active"


def test_what_an_auction_sold_is_shown_though_the_budget_is_spent_and_costs_nothing(
    world, monkeypatch
):
    world.campaign.total_budget_cents = 100
    world.campaign.save()
    world.reload()
    spent = Spend(datetime.now(UTC), campaign_total={world.campaign.pk: from_cents(100)})
    monkeypatch.setattr(refresh, "_spend", spent)
    sold = {"auction_id": "a" * 24, "nonce": b"twelve bytes"}
    page = world.call(world.template_url(**sold))
    assert "X-Ad-Status" not in page.headers
    config = config_of(page.body)
    decided = world.call(config["decision_url"]).json()
    world.call(decided["impression_url"])
    world.call(config["fallback"]["impression_url"])
    assert len({event.event_id for event in world.accepted}) == 1
    assert {(e.auction_id, e.cost_micros) for e in world.accepted} == {("a" * 24, 0)}
    world.line_item.status = "PAUSED"
    world.line_item.save()
    world.reload()
    paused = world.call(world.template_url(**sold))
    assert paused.headers["X-Ad-Status"] == "line_item_not_active"


def test_what_a_test_auction_shows_is_no_visit(world):
    page = world.call(world.template_url(auction_id="a" * 24, is_test=True))
    decided = world.call(config_of(page.body)["decision_url"]).json()
    world.call(decided["impression_url"])
    assert [event.is_test for event in world.accepted] == [True]


def test_a_template_without_active_values_is_blank_and_its_clicks_still_land(world):
    click = world.call(world.decision_url()).json()["click_url"]
    CreativeAsset.across_tenants.filter(component__template=world.template).update(is_active=False)
    world.reload()
    assert world.call(world.template_url()).headers["X-Ad-Status"] == "no_combination"
    assert world.call(world.decision_url()).json()["reason"] == "no_combination"
    assert world.call(click).status == 302
