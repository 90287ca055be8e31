"""A marketer sets up bidding on an exchange, by hand, in a real Chromium."""

import pytest
from playwright.sync_api import expect

from rtb.models import BidStrategy, Guardrails
from tests.browser.test_admin import (
    CHROMIUM,
    browser,  # noqa: F401 - fixtures
    choose,
    page,  # noqa: F401
    save,
    shot,
    tenant,  # noqa: F401
)
from tests.factories import CreativeFactory, InventoryListFactory, LineItemFactory, SspFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium in PATH"),
]


def test_a_line_item_gets_bidding_and_guardrails(page, live_server, tenant, tmp_path):  # noqa: F811
    item = LineItemFactory(campaign__tenant=tenant)
    SspFactory(tenant=tenant, name="Acme exchange")
    InventoryListFactory(tenant=tenant, name="Bad places")
    page.goto(f"{live_server.url}/admin/campaigns/lineitem/{item.pk}/change/")
    page.get_by_role("link", name="Exchange bidding").click()
    page.check("#id_bid_strategy-0-is_active")
    page.fill("#id_bid_strategy-0-multipliers", "device_type mobile 1.2")
    choose(page, "bid_strategy-0-ssps", "Acme exchange")
    shot(page, "bidding", tmp_path)
    page.get_by_role("link", name="Exchange guardrails").click()
    choose(page, "guardrails-0-block_lists", "Bad places")
    shot(page, "guardrails", tmp_path)
    save(page)
    assert [each.name for each in BidStrategy.across_tenants.get().ssps.all()] == ["Acme exchange"]
    assert Guardrails.across_tenants.get().block_lists.count() == 1


def test_a_creative_asks_only_for_what_its_kind_needs(page, live_server, tenant, tmp_path):  # noqa: F811
    creative = CreativeFactory(line_item__campaign__tenant=tenant)
    page.goto(f"{live_server.url}/admin/campaigns/creative/{creative.pk}/change/")
    expect(page.locator("#id_image_url")).to_be_visible()
    expect(page.locator("#id_media")).to_be_hidden()
    page.select_option("#id_kind", "video")
    expect(page.locator("#id_media")).to_be_visible()
    expect(page.locator("#id_image_url")).to_be_hidden()
    shot(page, "video", tmp_path)
    page.fill("#id_media", "https://cdn.example/spot.mp4 video/mp4 1200 640x360")
    page.fill("#id_duration", "15")
    save(page)
    creative.refresh_from_db()
    assert creative.attributes["duration"] == 15
