"""The demo advertiser: made once, repaired when run again."""

import re
import stat
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import authenticate, get_user_model

from adplatform.demo import catalogue, file
from adplatform.demo.addresses import Addresses
from adplatform.demo.exchanges import _audios, _natives, _videos
from adplatform.demo.seed import seed
from campaigns.models import Campaign, Creative, CreativeAsset, LineItem, Placement, Template
from optimization.models import Batch, Learning
from rtb.models import BidStrategy, Deal, Guardrails, InventoryList, Ssp
from tenants.models import ApiKey, Membership, Tenant

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BASE = "http://127.0.0.1:8000"
KEPT = ("tenant_id", "campaign_id", "template_id", "segment_id", "placement_key", "api_key")
PASSWORDS = ("admin_password", "marketer_password")
MODELS = (
    *(Tenant, Placement, Campaign, LineItem, Creative, Template, CreativeAsset, Batch, ApiKey),
    *(Ssp, Deal, InventoryList, Guardrails, BidStrategy),
)


@pytest.fixture
def demo(tmp_path):
    return seed(tmp_path, BASE, now=NOW)


def ids():
    return {model: sorted(model.across_tenants.values_list("pk", flat=True)) for model in MODELS}


def test_running_it_again_keeps_everything(demo, tmp_path):
    before = ids()
    again = seed(tmp_path, BASE, now=NOW + timedelta(hours=1))
    assert ids() == before
    kept = [(getattr(again, name), getattr(demo, name)) for name in (*KEPT, *PASSWORDS)]
    assert all(now == then for now, then in kept)


def test_the_file_is_complete_and_private(demo, tmp_path):
    assert file.read(tmp_path) == demo
    assert stat.S_IMODE((tmp_path / file.NAME).stat().st_mode) == 0o600


def test_a_missing_file_has_a_name_and_advice(tmp_path):
    with pytest.raises(file.NoDemo, match=r"manage\.py demo"):
        file.read(tmp_path)


def test_the_logins_work(demo):
    admin = authenticate(username=demo.admin_user, password=demo.admin_password)
    marketer = authenticate(username=demo.marketer_user, password=demo.marketer_password)
    assert admin is not None
    assert marketer is not None
    assert (admin.is_staff, admin.is_superuser) == (True, True)
    assert (marketer.is_staff, marketer.is_superuser) == (True, False)
    assert Membership.across_tenants.get(user=marketer).role == "manager"


def test_a_lost_file_means_new_secrets_for_the_same_rows(demo, tmp_path):
    before = ids()
    (tmp_path / file.NAME).unlink()
    again = seed(tmp_path, BASE, now=NOW)
    after = ids()
    assert again.api_key != demo.api_key
    assert ApiKey.across_tenants.filter(revoked_at__isnull=True).count() == 1
    assert authenticate(username=again.admin_user, password=again.admin_password)
    assert {k: v for k, v in after.items() if k is not ApiKey} == {
        k: v for k, v in before.items() if k is not ApiKey
    }


def test_what_is_missing_is_made_again(demo, tmp_path):
    Creative.across_tenants.filter(product_sku="ML-RUG-01").delete()
    Batch.across_tenants.all().delete()
    get_user_model().objects.filter(username=demo.marketer_user).delete()
    seed(tmp_path, BASE, now=NOW)
    assert Creative.across_tenants.filter(product_sku="ML-RUG-01").exists()
    assert Batch.across_tenants.get(is_active=True).segment_id == demo.segment_id
    assert authenticate(username=demo.marketer_user, password=demo.marketer_password)


def test_edits_are_kept(demo, tmp_path):
    LineItem.across_tenants.filter(name="Rugs in the sidebar").update(bid_cents=777)
    seed(tmp_path, BASE, now=NOW)
    assert LineItem.across_tenants.get(name="Rugs in the sidebar").bid_cents == 777


def test_its_template_learns_and_edits_of_how_are_kept(demo, tmp_path):
    learning = Learning.across_tenants.get(template=demo.template_id)
    assert (learning.is_paused, learning.min_impressions) == (False, 1000)
    Learning.across_tenants.update(is_paused=True)
    seed(tmp_path, BASE, now=NOW)
    assert Learning.across_tenants.get().is_paused


def test_running_campaigns_are_extended_and_ended_ones_are_not(demo, tmp_path):
    later = NOW + timedelta(days=365)
    seed(tmp_path, BASE, now=later)
    ends = dict(Campaign.across_tenants.values_list("name", "end_at"))
    assert ends["Autumn sofas"] > later
    assert ends["Handwoven rugs"] > later
    assert ends["Summer patio"] < NOW


def test_pictures_follow_the_server_to_another_port(demo, tmp_path):
    moved = seed(tmp_path, "http://127.0.0.1:9999", now=NOW)
    assert moved.template_id == demo.template_id
    pictures = CreativeAsset.across_tenants.filter(component__kind="image")
    assert all(picture.value.startswith("http://127.0.0.1:9999/") for picture in pictures)
    assert Template.across_tenants.get().landing_url.startswith("http://127.0.0.1:9999/")
    creatives = Creative.across_tenants.values_list("image_url", "landing_url", "attributes")
    urls = re.findall(r"https?://[^/]+", str(list(creatives)))
    assert set(urls) == {"http://127.0.0.1:9999", "https://127.0.0.1:9999"}


def test_one_segment_has_a_batch_that_keeps_the_rules(demo):
    batch = Batch.across_tenants.get()
    names = demo.audience.assets
    assert len(batch.arms) == catalogue.BATCH_ARMS
    for arm in batch.arms:
        shown = {names[part] for part in arm["ad_id"].split("-")}
        assert "headline/Dream bigger" not in shown or "scene/Bedroom bench" in shown


def test_the_pictures_exist():
    from django.contrib.staticfiles import finders  # noqa: PLC0415

    wanted = [asset.value for asset in catalogue.COMPONENTS[1].assets]
    plans = [item for campaign in catalogue.CAMPAIGNS for item in campaign.line_items]
    wanted += [c.image for plan in plans for c in plan.creatives if c.image]
    here = Addresses(BASE)
    of_exchanges = [*_natives(here), *_videos(here), *_audios(here)]
    wanted += re.findall(r"/static/demo/([^'\"?]+)", str(of_exchanges))
    missing = [
        name
        for name in (*wanted, "landing.html", "visualizer.html")
        if not finders.find(f"demo/{name}")
    ]
    assert missing == []
