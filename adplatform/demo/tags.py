"""The demo's long-lived URLs with their credentials."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from adplatform.demo import catalogue
from adplatform.tokens import Keyring
from adserving.credentials import Grant, Served, new_nonce
from adserving.links import decision_url, template_url, tracking
from campaigns.models import Creative, Template
from optimization.services import space_of
from optimization.space import format_ad_id

LONG_LIVED = timedelta(days=3650)
REPORTED_PAST = timedelta(days=30)
REPORTED_AHEAD = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where the template serves."""

    tenant_id: int
    campaign_id: int
    template_id: int
    placement_id: int
    line_item_id: int
    creative_id: int

    @classmethod
    def of(cls, creative: Creative) -> Self:
        item = creative.line_item
        return cls(
            tenant_id=item.tenant_id,
            campaign_id=item.campaign_id,
            template_id=creative.template_id or 0,
            placement_id=item.placement_id or 0,
            line_item_id=item.pk,
            creative_id=creative.pk,
        )

    def grant(self, segment_id: int) -> Grant:
        """Without a nonce: every load and every decision is a new impression."""
        return Grant(
            tenant_id=self.tenant_id,
            campaign_id=self.campaign_id,
            template_id=self.template_id,
            segment_id=segment_id,
            placement_id=self.placement_id,
            line_item_id=self.line_item_id,
            creative_id=self.creative_id,
        )


@dataclass(frozen=True, slots=True)
class Urls:
    """Makes URLs that are good for years."""

    base_url: str
    keyring: Keyring
    now: datetime

    @property
    def expires_at(self) -> int:
        return int((self.now + LONG_LIVED).timestamp())

    def template(self, slot: Slot, segment_id: int) -> str:
        grant = slot.grant(segment_id)
        return template_url(self.base_url, grant, expires_at=self.expires_at, keyring=self.keyring)

    def decision(self, slot: Slot, segment_id: int) -> str:
        grant = slot.grant(segment_id)
        return decision_url(self.base_url, grant, expires_at=self.expires_at, keyring=self.keyring)

    def click(self, slot: Slot, segment_id: int, template: Template) -> str:
        """A link without an ad around it: it redirects always and its click counts once."""
        first = next(space_of(template).valid())
        served = Served(
            tenant_id=slot.tenant_id,
            campaign_id=slot.campaign_id,
            nonce=new_nonce(),
            served_at=0,
            template_id=slot.template_id,
            segment_id=segment_id,
            placement_id=slot.placement_id,
            line_item_id=slot.line_item_id,
            creative_id=slot.creative_id,
            ad_id=format_ad_id(first),
        )
        links = tracking(self.base_url, served, expires_at=self.expires_at, keyring=self.keyring)
        return links.click_url

    def report(self, tenant_id: int) -> str:
        """All campaigns and slots, a month back and a month ahead."""
        today = self.now.astimezone(ZoneInfo(catalogue.TIMEZONE)).date()
        query = {
            "tenant_id": tenant_id,
            "from": (today - REPORTED_PAST).isoformat(),
            "to": (today + REPORTED_AHEAD).isoformat(),
            "group_by": "campaign,placement",
        }
        return f"{self.base_url}/api/report/summary/?{urlencode(query, safe=',')}"
