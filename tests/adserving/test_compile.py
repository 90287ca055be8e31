"""What the snapshot tells the bidder about accounts, line items and creatives."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from adplatform.money import Micros
from adserving.compile import compile_snapshot
from adserving.snapshot import TenantConfig
from campaigns.creative_attributes import CreativeAttributes
from tests.factories import CreativeFactory, LineItemFactory, TemplateFactory, TenantFactory

pytestmark = pytest.mark.django_db
SPOT = {"url": "https://cdn.example/a.mp4", "mime": "video/mp4", "width": 640, "height": 360}


def compiled():
    return compile_snapshot(datetime.now(UTC))


def config_of(creative):
    return compiled().creatives[creative.pk]


def test_an_account_has_its_currency_and_its_balance():
    paid = TenantFactory(timezone="UTC", currency="EUR", prepaid_cents=1_050)
    open_ended = TenantFactory(timezone="UTC")
    found = compiled().tenants
    assert found[paid.pk] == TenantConfig(paid.pk, ZoneInfo("UTC"), "EUR", Micros(10_500_000))
    assert found[open_ended.pk].prepaid is None


def test_a_line_item_without_a_placement_is_known_and_in_no_placements_index():
    item = LineItemFactory(placement=None, total_budget_cents=500, pacing_mode="ACCELERATED")
    snapshot = compiled()
    config = snapshot.line_items[item.pk]
    assert (config.placement_id, config.total_budget) == (0, Micros(5_000_000))
    assert not config.standard_pacing
    assert snapshot.by_placement == {}
    assert snapshot.line_item_refs[item.tenant_id][item.pk].placement_id == 0


def test_a_creative_says_what_exchanges_ask():
    creative = CreativeFactory(
        width=728, height=90, adomain="shop.example", html="<b>x</b>", attributes={"cat": ["IAB10"]}
    )
    config = config_of(creative)
    assert (config.width, config.height) == (728, 90)
    assert (config.adomain, config.html) == ("shop.example", "<b>x</b>")
    assert config.attributes == CreativeAttributes(cat=("IAB10",))


def test_a_banner_takes_its_size_from_its_placement_and_a_template_from_itself():
    image = CreativeFactory(line_item__placement__width=320, line_item__placement__height=50)
    template = TemplateFactory(campaign=image.line_item.campaign, width=970, height=250)
    shown = CreativeFactory(line_item=image.line_item, kind="template", template=template)
    unknown = CreativeFactory(line_item__placement=None)
    found = compiled().creatives
    sizes = [(found[row.pk].width, found[row.pk].height) for row in (image, shown, unknown)]
    assert sizes == [(320, 50), (970, 250), (0, 0)]


def test_a_video_takes_its_size_from_its_first_file_and_a_native_ad_has_its_pictures():
    video = CreativeFactory(kind="video", attributes={"media": [SPOT], "duration": 15})
    native = CreativeFactory(kind="native", attributes={"title": "Sofas"})
    found = compiled().creatives
    assert (found[video.pk].width, found[video.pk].height) == (640, 360)
    assert (found[native.pk].width, found[native.pk].height) == (0, 0)


def test_a_creative_whose_attributes_cannot_be_read_serves_nowhere():
    creative = CreativeFactory(attributes={"catt": ["IAB10"]})
    snapshot = compiled()
    assert not snapshot.creatives[creative.pk].is_active
    assert snapshot.line_items[creative.line_item_id].creatives == ()
