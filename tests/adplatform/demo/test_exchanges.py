"""What the demo offers exchanges: every common format, safe for https pages."""

from datetime import UTC, datetime

import pytest

from adplatform.demo.banners import SIZES, banner
from adplatform.demo.exchanges import DEAL_ID, SSP_KEY
from adplatform.demo.seed import seed
from adserving.compile import compile_snapshot
from campaigns.models import Creative
from rtb import selectors
from rtb.respond import uses_http

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
COMMON = [(300, 250), (300, 600), (320, 50), (728, 90), (320, 250), (160, 600), (320, 480)]


@pytest.fixture
def demo(tmp_path, db):
    return seed(tmp_path, "http://127.0.0.1:8000", now=NOW)


@pytest.fixture
def bidding(demo):
    """The creatives of the line items that bid."""
    snapshot = compile_snapshot(NOW)
    items = [snapshot.line_items[pk] for pk in selectors.strategies()]
    assert all(item.placement_id == 0 for item in items)
    return [creative for item in items for creative in item.creatives]


def test_the_file_has_the_address_that_an_exchange_calls(demo):
    assert demo.rtb_bid_url == f"http://127.0.0.1:8000/rtb/bid/{SSP_KEY}"
    [ssp] = selectors.ssps()
    assert (ssp.key, ssp.tenant_id, set(ssp.deals)) == (SSP_KEY, demo.tenant_id, {DEAL_ID})


def test_every_kind_and_every_common_size_can_be_bid(bidding):
    assert {creative.kind for creative in bidding} == {
        *("html", "template", "video", "native", "audio")
    }
    sizes = {(each.width, each.height) for each in bidding if each.kind in {"html", "template"}}
    assert sizes >= set(COMMON)


def test_pages_that_admit_https_only_may_show_all_of_them(bidding):
    assert [creative for creative in bidding if uses_http(creative)] == []


def test_exchanges_are_told_whose_ad_it_is_and_what_about(bidding):
    assert {creative.adomain for creative in bidding} == {"mapleandloom.example"}
    assert all(creative.attributes.cat and creative.width is not None for creative in bidding)


def test_the_deal_and_the_brand_safety_reach_the_line_items(demo):
    deals = [strategy.deals for strategy in selectors.strategies().values()]
    assert deals.count(frozenset({DEAL_ID})) == 4
    [rails] = selectors.guardrails().values()
    assert "IAB26" in rails.block_categories


def test_an_edited_creative_stays_as_it_is(demo, tmp_path):
    Creative.across_tenants.filter(name="Sofa 300x250").update(html="<b>mine</b>")
    seed(tmp_path, "http://127.0.0.1:8000", now=NOW)
    assert Creative.across_tenants.get(name="Sofa 300x250").html == "<b>mine</b>"


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_banner_fills_its_size_and_counts_its_click(width, height):
    html = banner(width, height)
    assert f"width:{width}px;height:{height}px" in html
    assert html.count('href="{click_url}"') == 1
