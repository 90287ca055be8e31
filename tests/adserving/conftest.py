"""A small advertiser, its doors, and the events they accepted."""

import json
import re
from dataclasses import dataclass, field
from random import Random

import pytest

from adplatform.doors import Limits, WsgiApp
from adplatform.tokens import Keyring
from adserving import refresh
from adserving.credentials import Grant
from adserving.endpoint.site import Site
from adserving.endpoint.wiring import ad_doors
from adserving.links import decision_url, template_url
from adserving.traffic import memory
from campaigns.models import Campaign, Creative, LineItem, Placement, Template
from events.types import Event
from tenants.models import Tenant
from tests.factories import (
    ApiKeyFactory,
    CreativeFactory,
    LineItemFactory,
    TemplateFactory,
    TenantFactory,
)
from tests.wsgi_client import Answer, call

KEYRING = Keyring({"k1": b"0123456789abcdef0123456789abcdef"})
LIMITS = Limits(body_bytes=1_048_576, trusted_proxies=0)
FAR = 2**32 - 1


def site(accepted: list[Event], **overrides) -> Site:
    values = {
        "keyring": KEYRING,
        "base_url": "http://base.example",
        "allowed_hosts": ("testserver",),
        "allow_http": False,
        "decision_seconds": 300,
        "impression_seconds": 3600,
        "click_seconds": 86_400,
        "accept": accepted.append,
        "rng": Random(7),
    }
    return Site(**{**values, **overrides})


@dataclass
class World:
    """One tenant with a template line item; ``reload`` after changing rows."""

    tenant: Tenant
    campaign: Campaign
    placement: Placement
    line_item: LineItem
    template: Template
    creative: Creative
    key: str
    accepted: list[Event] = field(default_factory=list)
    doors: dict[str, WsgiApp] = field(default_factory=dict)

    def reload(self) -> None:
        refresh.reload_snapshot()

    def call(self, url: str, **options) -> Answer:
        path = url.removeprefix("http://testserver").partition("?")[0].rstrip("/")
        return call(self.doors[path], url.removeprefix("http://testserver"), **options)

    def grant(self, **overrides) -> Grant:
        values = {
            "tenant_id": self.tenant.pk,
            "campaign_id": self.campaign.pk,
            "template_id": self.template.pk,
            "line_item_id": self.line_item.pk,
            "placement_id": self.placement.pk,
            "creative_id": self.creative.pk,
        }
        return Grant(**{**values, **overrides})

    def template_url(self, *, expires_at: int = FAR, **overrides) -> str:
        return template_url("", self.grant(**overrides), expires_at=expires_at, keyring=KEYRING)

    def decision_url(self, *, expires_at: int = FAR, **overrides) -> str:
        return decision_url("", self.grant(**overrides), expires_at=expires_at, keyring=KEYRING)


def build_world(**campaign) -> World:
    tenant = TenantFactory()
    options = {f"campaign__{name}": value for name, value in campaign.items()}
    item = LineItemFactory(campaign__tenant=tenant, **options)
    template = TemplateFactory(campaign=item.campaign, status="published")
    creative = CreativeFactory(
        line_item=item, kind="template", template=template, image_url="", landing_url=""
    )
    world = World(
        tenant,
        item.campaign,
        item.placement,
        item,
        template,
        creative,
        ApiKeyFactory(tenant=tenant).text,
    )
    world.doors = ad_doors(site(world.accepted), LIMITS)
    return world


def config_of(page: bytes) -> dict:
    """What the tag in an ad page reads."""
    found = re.search(rb'id="adp-config"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


@pytest.fixture
def remembered(clean_redis) -> None:
    """Redis is empty, and no impression of a token served from now on is missed."""
    memory._missed_until = 0
    memory.begin()


@pytest.fixture
def world(db, remembered) -> World:
    built = build_world()
    built.reload()
    return built
