"""POST /api/decision/ (seed 001 section 9), from outside."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adserving import refresh
from adserving.spend import Spend
from campaigns.models import Creative, LineItem
from tenants.models import ApiKey
from tests.adserving.conftest import World, build_world, config_of
from tests.factories import (
    ApiKeyFactory,
    CreativeFactory,
    FrequencyCapFactory,
    LineItemFactory,
    SegmentFactory,
    TemplateFactory,
)
from tests.wsgi_client import Answer

pytestmark = pytest.mark.django_db


def ask(world: World, *, key: str | None = None, **overrides) -> Answer:
    question = {
        "tenant_id": world.tenant.pk,
        "placement_key": world.placement.key,
        "user_id": "u-123",
        "session_id": "s-456",
        "context": {"room_type": "bedroom", "country": "CA"},
        **overrides,
    }
    return world.call(
        "/api/decision/",
        method="POST",
        body=json.dumps(question).encode(),
        authorization=f"Bearer {world.key if key is None else key}",
    )


def competitor(world: World, **fields) -> LineItem:
    """An image line item for the same placement."""
    item = LineItemFactory(
        campaign=fields.pop("campaign", world.campaign), placement=world.placement, **fields
    )
    CreativeFactory(line_item=item, product_sku="SKU-123")
    return item


def outcome(world: World, item: LineItem, **overrides) -> str:
    lines = ask(world, explain=True, **overrides).json()["explain"]
    return next(line["outcome"] for line in lines if line["line_item_id"] == item.pk)


def test_the_answer_is_the_seeds(world):
    item = competitor(world, priority=1)
    answer = ask(world).json()
    assert answer["campaign_id"] == world.campaign.pk
    assert answer["line_item_id"] == item.pk
    creative = answer["creative"]
    assert creative["product_sku"] == "SKU-123"
    assert creative["landing_url"] == "https://shop.example.com/floors"
    assert set(creative) >= {"id", "image_url", "landing_url", "product_sku"}


@pytest.fixture(autouse=True)
def _reloaded(world, monkeypatch):
    """Every test changes rows first: ask what a worker would answer after its reload."""
    call = World.call
    monkeypatch.setattr(World, "call", lambda w, *a, **k: (w.reload(), call(w, *a, **k))[1])


def test_a_template_creative_comes_with_values_and_a_page_of_the_same_impression(world):
    answer = ask(world).json()
    creative = answer["creative"]
    assert set(creative["values"]) == {"headline", "photo", "accent", "cta"}
    page = world.call(creative["template_url"])
    assert page.status == 200
    world.call(answer["impression_url"], method="POST")
    config = config_of(page.body)
    world.call(world.call(config["decision_url"]).json()["impression_url"], method="POST")
    assert len({event.event_id for event in world.accepted}) == 1


def test_a_click_of_an_image_creative_goes_to_its_landing_page(world):
    competitor(world, priority=1)
    answer = world.call(ask(world).json()["click_url"].removeprefix("http://testserver"))
    assert answer.headers["Location"] == "https://shop.example.com/floors"


def test_a_click_on_a_creative_that_was_switched_off_meanwhile_still_lands(world):
    item = competitor(world, priority=1)
    url = ask(world).json()["click_url"]
    Creative.across_tenants.filter(line_item=item).update(is_active=False)
    assert world.call(url).headers["Location"] == "https://shop.example.com/floors"


def test_no_line_item_is_an_empty_answer_not_an_error(world):
    world.line_item.status = "PAUSED"
    world.line_item.save()
    answer = ask(world)
    assert answer.status == 200
    assert answer.json() == {"campaign_id": None, "line_item_id": None, "creative": None}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "PAUSED"}, "line_item_not_active"),
        ({"targeting_json": {"country": "US"}}, "targeting"),
        ({"targeting_json": {"room_type": "kitchen"}}, "targeting"),
    ],
)
def test_a_line_item_that_may_not_serve_says_why(world, change, reason):
    item = competitor(world, **change)
    assert outcome(world, item) == reason


def test_targeting_that_fails_names_the_dimension(world):
    competitor(world, targeting_json={"country": "US"})
    lines = ask(world, explain=True).json()["explain"]
    assert {"country does not match"} == {
        line["detail"] for line in lines if line["outcome"] == "targeting"
    }


def test_a_line_item_without_creative_says_so(world):
    item = LineItemFactory(campaign=world.campaign, placement=world.placement)
    assert outcome(world, item) == "no_creative"


def test_segments_reach_targeting(world):
    SegmentFactory(tenant=world.tenant, key="planners", rule={"room_type": "bedroom"})
    item = competitor(
        world,
        targeting_json={"dimension": "segment", "op": "in", "values": ["planners"]},
    )
    assert outcome(world, item) in {"served", "outbid"}
    assert outcome(world, item, context={"room_type": "kitchen"}) == "targeting"


def test_higher_bids_win_in_proportion(world):
    world.line_item.status = "PAUSED"
    world.line_item.save()
    low, high = competitor(world, bid_cents=100), competitor(world, bid_cents=300)
    wins = [ask(world).json()["line_item_id"] for _ in range(200)]
    assert set(wins) == {low.pk, high.pk}
    assert 0.62 < wins.count(high.pk) / 200 < 0.88


def test_a_lower_priority_number_goes_first(world):
    item = competitor(world, priority=4, bid_cents=1)
    assert {ask(world).json()["line_item_id"] for _ in range(10)} == {item.pk}


def test_a_capped_user_gets_something_else(world, clean_redis):
    item = competitor(world, priority=1)
    FrequencyCapFactory(campaign=None, line_item=item, impressions=2, seconds=3600)
    won = [ask(world).json()["line_item_id"] for _ in range(4)]
    assert won == [item.pk, item.pk, world.line_item.pk, world.line_item.pk]
    assert ask(world, user_id="another").json()["line_item_id"] == item.pk


def test_a_user_without_id_is_never_capped(world, clean_redis):
    FrequencyCapFactory(campaign=world.campaign, impressions=1)
    assert all(ask(world, user_id="").json()["line_item_id"] for _ in range(3))


def test_counted_impressions_hold_the_cap_after_pending_ones_lapse(world, clean_redis):
    FrequencyCapFactory(campaign=world.campaign, impressions=1)
    answer = ask(world).json()
    world.call(answer["impression_url"], method="POST")
    for key in clean_redis.keys("*p:*"):
        clean_redis.delete(key)
    assert ask(world).json()["line_item_id"] is None
    world.call(answer["impression_url"], method="POST")
    counted = [k for k in clean_redis.keys("fc:*") if b"}:c" in k]  # not the event's own key
    assert [clean_redis.get(key) for key in counted] == [b"1"]


@pytest.mark.parametrize(
    ("spend", "reason"),
    [
        ({"campaign_today": 10_000_000}, "campaign_daily_budget_spent"),
        ({"campaign_today": 9_999_999}, "served"),
        ({"campaign_total": 50_000_000}, "campaign_total_budget_spent"),
        ({"line_item_today": 5_000_000}, "line_item_daily_budget_spent"),
        ({"line_item_total": 8_000_000}, "line_item_total_budget_spent"),
        ({"line_item_total": 7_999_999}, "served"),
        ({"tenant_total": 90_000_000}, "account_balance_spent"),
        ({"tenant_total": 89_999_999}, "served"),
        ({"read_at": datetime(2020, 1, 1, tzinfo=UTC)}, "spend_unknown"),
    ],
)
def test_budgets_end_serving_and_unknown_spend_fails_closed(world, monkeypatch, spend, reason):
    world.campaign.daily_budget_cents, world.campaign.total_budget_cents = 1000, 5000
    world.campaign.save()
    world.line_item.daily_budget_cents, world.line_item.total_budget_cents = 500, 800
    world.line_item.save()
    world.tenant.prepaid_cents = 9000
    world.tenant.save()
    keys = {"campaign_today": world.campaign.pk, "campaign_total": world.campaign.pk}
    keys["tenant_total"] = world.tenant.pk
    values: dict[str, Any] = {
        name: value if name == "read_at" else {keys.get(name, world.line_item.pk): value}
        for name, value in spend.items()
    }
    monkeypatch.setattr(refresh, "_spend", Spend(**({"read_at": datetime.now(UTC)} | values)))
    assert outcome(world, world.line_item) == reason


@pytest.mark.parametrize("owner", ["campaign", "line_item", "tenant"])
def test_any_budget_alone_fails_closed_when_spend_is_unknown(world, monkeypatch, owner):
    names = {"campaign": "daily_budget_cents", "line_item": "total_budget_cents"}
    row = getattr(world, owner)
    setattr(row, names.get(owner, "prepaid_cents"), 100)
    row.save()
    monkeypatch.setattr(refresh, "_spend", Spend())
    assert outcome(world, world.line_item) == "spend_unknown"


@pytest.mark.parametrize("key", ["", "nonsense", "adp_00000000_guess"])
def test_without_a_key_it_is_401(world, key):
    answer = ask(world, key=key)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_without_the_scope_is_403(world):
    key = ApiKeyFactory(tenant=world.tenant, scopes=["reports"])
    assert ask(world, key=key.text).status == 403


def test_a_revoked_key_is_401(world):
    ApiKey.across_tenants.update(revoked_at=datetime.now(UTC))
    assert ask(world).status == 401


def test_another_tenants_id_or_placement_is_404_like_one_that_does_not_exist(world):
    other = build_world()
    answers = [
        ask(world, tenant_id=other.tenant.pk),
        ask(world, tenant_id=999_999),
        ask(world, placement_key=other.placement.key),
        ask(world, placement_key="nowhere"),
    ]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.body for answer in answers}) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"tenant_id": 1}', b'{"tenant_id": "1"}'],
)
def test_a_malformed_question_is_400(world, body):
    answer = world.call(
        "/api/decision/", method="POST", body=body, authorization=f"Bearer {world.key}"
    )
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_context_of_any_shape_is_no_error(world):
    context = {"country": 7, "room_type": [None, {"a": 1}], "device": "x" * 5000, "": [[]]}
    assert ask(world, context=context).status == 200


def test_a_body_above_a_megabyte_is_413(world):
    answer = world.call(
        "/api/decision/",
        method="POST",
        body=b" " * 1_048_577,
        authorization=f"Bearer {world.key}",
    )
    assert answer.status == 413


def test_get_is_405(world):
    assert world.call("/api/decision/").status == 405


def test_a_line_item_whose_template_does_not_serve_wins_nothing(world):
    draft = TemplateFactory(campaign=world.campaign)
    item = LineItemFactory(campaign=world.campaign, placement=world.placement, priority=1)
    CreativeFactory(line_item=item, kind="template", template=draft, image_url="", landing_url="")
    assert ask(world).json()["line_item_id"] == world.line_item.pk
    assert outcome(world, item) == "no_creative"


def test_the_page_of_a_decision_counts_for_its_user(world, clean_redis):
    FrequencyCapFactory(campaign=world.campaign, impressions=1)
    page = world.call(ask(world).json()["creative"]["template_url"])
    config = config_of(page.body)
    world.call(world.call(config["decision_url"]).json()["impression_url"], method="POST")
    assert (world.accepted[0].user_id, world.accepted[0].session_id) == ("u-123", "s-456")
    for key in clean_redis.keys("*p:*"):
        clean_redis.delete(key)
    assert ask(world).json()["line_item_id"] is None


def test_ids_of_the_greatest_length_in_any_script_still_track(world):
    answer = ask(world, user_id="漢" * 128, session_id="字" * 128).json()
    assert world.call(answer["impression_url"], method="POST").status == 204
    assert world.call(answer["click_url"]).status == 302


def test_a_deeply_nested_context_is_400_or_ignored_but_never_a_crash(world):
    nested = b"[" * 5000 + b"]" * 5000
    body = b'{"tenant_id": %d, "placement_key": "x", "context": {"a": %s}}' % (
        world.tenant.pk,
        nested,
    )
    answer = world.call(
        "/api/decision/", method="POST", body=body, authorization=f"Bearer {world.key}"
    )
    assert answer.status == 400
