"""Creatives, and exports of them."""

from typing import Any

import pytest

from campaigns.models import Creative
from tenants.roles import Role
from tests.campaigns.admin.pages import address, client_of, submit, text_of
from tests.factories import CreativeFactory, LineItemFactory, TemplateFactory, TenantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def item():
    return LineItemFactory(campaign__tenant=TenantFactory())


@pytest.fixture
def client(item):
    return client_of(item.tenant)


def add(client, item, **fields):
    data = {"line_item": item.pk, "name": "Oak", "kind": "image", **fields}
    return submit(client, address(Creative, "add"), **data)


def test_a_picture_gets_the_line_items_account(client, item):
    urls = {"image_url": "https://cdn.example/a.jpg", "landing_url": "https://shop.example/"}
    add(client, item, **urls)
    assert Creative.across_tenants.get().tenant == item.tenant


@pytest.mark.parametrize("landing", ["//evil.example", "javascript:alert(1)", "shop", ""])
def test_a_landing_page_that_is_no_address_is_refused_at_its_field(client, item, landing):
    answer = add(client, item, image_url="https://cdn.example/a.jpg", landing_url=landing)
    assert "landing_url" in answer.context["adminform"].form.errors
    assert not Creative.across_tenants.exists()


def test_a_template_of_another_campaign_is_refused(client, item):
    other = TemplateFactory(campaign__tenant=item.tenant)
    answer = add(client, item, kind="template", template=other.pk)
    assert "same campaign" in text_of(answer)
    assert not Creative.across_tenants.exists()


ADDRESSES = {"image_url": "https://cdn.example/a.jpg", "landing_url": "https://shop.example/"}
SPOT = "https://cdn.example/spot.mp4 video/mp4 1200 640x360"
ICON = {"icon_url": "https://cdn.example/i.png", "icon_width": "80", "icon_height": "80"}
KINDS: dict[str, Any] = {
    "image": (ADDRESSES | {"attr": ["5", "16"], "cat": "IAB10, IAB10-9", "language": "fr"}),
    "html": {"html": "<a href='{click_url}'>x</a>", "landing_url": "https://shop.example/"},
    "native": ADDRESSES | ICON | {"title": "Soft sofas", "rating": "4.5", "sponsored_by": "Maple"},
    "video": {
        "media": SPOT,
        "duration": "15",
        "skip_after": "5",
        "landing_url": "https://a.example",
    },
    "audio": {
        "media": "https://cdn.example/a.mp3 audio/mpeg 128\nhttps://cdn.example/a.ogg audio/ogg",
        "duration": "30",
        "landing_url": "https://a.example",
    },
}
STORED = {
    "image": {"attr": [5, 16], "cat": ["IAB10", "IAB10-9"], "language": "fr"},
    "html": {"language": "en"},
    "native": {
        "title": "Soft sofas",
        "rating": "4.5",
        "sponsored_by": "Maple",
        "icon": {"url": "https://cdn.example/i.png", "width": 80, "height": 80},
        "language": "en",
    },
    "video": {
        "media": [
            {
                "url": "https://cdn.example/spot.mp4",
                "mime": "video/mp4",
                "bitrate": 1200,
                "width": 640,
                "height": 360,
            }
        ],
        "duration": 15,
        "skip_after": 5,
        "language": "en",
    },
    "audio": {
        "media": [
            {"url": "https://cdn.example/a.mp3", "mime": "audio/mpeg", "bitrate": 128},
            {"url": "https://cdn.example/a.ogg", "mime": "audio/ogg"},
        ],
        "duration": 30,
        "language": "en",
    },
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_kept_as_exchanges_name_it(client, item, kind):
    add(client, item, kind=kind, **KINDS[kind])
    assert Creative.across_tenants.get().attributes == STORED[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_saving_a_creative_as_it_is_changes_nothing(client, item, kind):
    add(client, item, kind=kind, **KINDS[kind])
    before = Creative.across_tenants.values().get()
    page = submit(client, address(Creative, "change", before["id"]))
    assert "changed successfully" in text_of(page)
    assert Creative.across_tenants.values().get() == before


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("native", "title", ""),
        ("native", "icon_url", "javascript:alert(1)"),
        ("native", "icon_width", ""),
        ("video", "media", ""),
        ("video", "media", "spot.mp4"),
        ("video", "media", "https://cdn.example/a.mp3 audio/mpeg"),
        ("video", "duration", ""),
        ("audio", "media", SPOT),
        ("html", "html", ""),
        ("image", "width", "300"),
        ("image", "cat", "x" * 65),
    ],
)
def test_what_a_kind_needs_is_asked_for_at_its_field(client, item, kind, field, value):
    answer = add(client, item, kind=kind, **(KINDS[kind] | {field: value}))
    named = "height" if field == "width" else field
    assert named in answer.context["adminform"].form.errors
    assert not Creative.across_tenants.exists()


def test_a_taxonomy_that_the_page_does_not_show_is_kept(client, item):
    creative = CreativeFactory(line_item=item, attributes={"cat": ["596"], "cattax": 6})
    submit(client, address(Creative, "change", creative.pk), name="Oak")
    creative.refresh_from_db()
    assert creative.attributes == {"cat": ["596"], "cattax": 6, "language": "en"}


def test_a_banner_for_exchanges_only_needs_its_size(client, item):
    item.placement = None
    item.save()
    add(client, item, **ADDRESSES)
    assert not Creative.across_tenants.exists()
    add(client, item, width="300", height="250", **ADDRESSES)
    assert Creative.across_tenants.get().width == 300


def test_who_may_only_read_sees_what_exchanges_are_told(item):
    creative = CreativeFactory(line_item=item, attributes={"cat": ["IAB10"]})
    reader = client_of(item.tenant, Role.ANALYST)
    page = reader.get(address(Creative, "change", creative.pk))
    assert page.status_code == 200
    assert "IAB10" in text_of(page)
