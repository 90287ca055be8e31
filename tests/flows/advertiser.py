"""An advertiser whose rows are committed, with the URLs of its ad."""

from dataclasses import dataclass

from django.conf import settings

from adplatform.tokens import Keyring
from adserving.credentials import Grant
from adserving.links import decision_url, template_url
from tests.factories import (
    ApiKeyFactory,
    CreativeFactory,
    LineItemFactory,
    SegmentFactory,
    TemplateFactory,
    TenantFactory,
)

FAR = 2**32 - 1


@dataclass
class Advertiser:
    tenant_id: int
    campaign_id: int
    template_id: int
    placement_key: str
    placement_id: int
    line_item_id: int
    segment_id: int
    key: str
    template_url: str
    decision_url: str

    def event(self, event_id: str, kind: str, **fields: object) -> dict[str, object]:
        return {
            "event_id": event_id,
            "tenant_id": self.tenant_id,
            "event_type": kind,
            "campaign_id": self.campaign_id,
            "line_item_id": self.line_item_id,
            "placement_id": self.placement_id,
            **fields,
        }


def build(base_url: str, *, components=None, landing_url: str = "", **template) -> Advertiser:
    tenant = TenantFactory()
    item = LineItemFactory(campaign__tenant=tenant)
    options = {"components": components} if components else {}
    options |= {"landing_url": landing_url} if landing_url else {}
    made = TemplateFactory(campaign=item.campaign, status="published", **options, **template)
    CreativeFactory(line_item=item, kind="template", template=made, image_url="", landing_url="")
    segment = SegmentFactory(tenant=tenant)
    grant = Grant(
        tenant_id=tenant.pk,
        campaign_id=item.campaign.pk,
        template_id=made.pk,
        segment_id=segment.pk,
        placement_id=item.placement.pk,
        line_item_id=item.pk,
    )
    keyring = Keyring(settings.TOKEN_KEYS)
    return Advertiser(
        tenant_id=tenant.pk,
        campaign_id=item.campaign.pk,
        template_id=made.pk,
        placement_key=item.placement.key,
        placement_id=item.placement.pk,
        line_item_id=item.pk,
        segment_id=segment.pk,
        key=ApiKeyFactory(tenant=tenant).text,
        template_url=template_url(base_url, grant, expires_at=FAR, keyring=keyring),
        decision_url=decision_url(base_url, grant, expires_at=FAR, keyring=keyring),
    )
