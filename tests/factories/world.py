"""Everything a tenant can have, once each, with a name that can be looked for in pages."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User

from campaigns.models import LineItem
from tenants.models import Tenant, TenantOwned
from tenants.roles import Role
from tests.factories import (
    ApiKeyFactory,
    AttributionRuleFactory,
    AttributionRunFactory,
    BatchFactory,
    BidStrategyFactory,
    CampaignFactory,
    CombinationRuleFactory,
    CreativeFactory,
    DealFactory,
    FrequencyCapFactory,
    GuardrailsFactory,
    InventoryListFactory,
    LearningFactory,
    LineItemFactory,
    MembershipFactory,
    PlacementFactory,
    PolicyDecisionFactory,
    PolicyFactory,
    RunFactory,
    SegmentFactory,
    SspFactory,
    TemplateFactory,
    TenantFactory,
    UserFactory,
)


@dataclass(frozen=True)
class World:
    tenant: Tenant
    owner: User

    def row(self, model: type[Any]) -> Any:
        """The tenant's row of a model; a model without one must be added to ``build_world``."""
        if issubclass(model, Tenant):
            return self.tenant
        return model.across_tenants.filter(tenant=self.tenant).order_by("pk")[0]

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """All that the tenant has, to compare before and after."""
        owned = {
            model._meta.label: list(
                model.across_tenants.filter(tenant=self.tenant).order_by("pk").values()
            )
            for model in owned_models()
        }
        itself = Tenant.across_tenants.filter(pk=self.tenant.pk)
        return {**owned, "tenant": list(itself.values())}


def owned_models() -> list[Any]:
    return [model for model in apps.get_models() if issubclass(model, TenantOwned)]


def build_world(name: str) -> World:
    tenant = TenantFactory(name=f"{name} account", slug=f"{name.lower()}-account")
    owner = UserFactory(username=f"{name.lower()}-owner")
    MembershipFactory(tenant=tenant, user=owner, role=Role.OWNER)
    campaign = CampaignFactory(tenant=tenant, name=f"{name} campaign")
    placement = PlacementFactory(tenant=tenant, name=f"{name} placement", key=f"{name}_key")
    item = LineItemFactory(campaign=campaign, placement=placement, name=f"{name} line item")
    template = TemplateFactory(
        campaign=campaign,
        name=f"{name} template",
        key=f"{name.lower()}-template",
        components={
            "headline": ("text", [f"{name} value", f"{name} other"]),
            "accent": ("color", ["#0f766e", "#b45309"]),
        },
    )
    CreativeFactory(line_item=item, name=f"{name} creative")
    FrequencyCapFactory(campaign=campaign)
    CombinationRuleFactory(template=template)
    segment = SegmentFactory(tenant=tenant, name=f"{name} segment", key=f"{name}_segment")
    BatchFactory(template=template, segment=segment, run=RunFactory(template=template))
    LearningFactory(template=template)
    AttributionRuleFactory(tenant=tenant)
    AttributionRunFactory(tenant=tenant)
    ApiKeyFactory(tenant=tenant, name=f"{name} key")
    build_exchanges(name, item)
    return World(tenant, owner)


def build_exchanges(name: str, item: LineItem) -> None:
    ssp = SspFactory(tenant=item.tenant, name=f"{name} SSP", key=f"{name.lower()}-ssp")
    DealFactory(ssp=ssp, name=f"{name} deal", line_items=[item])
    listed = InventoryListFactory(tenant=item.tenant, name=f"{name} list")
    GuardrailsFactory(line_item=item, block_lists=[listed])
    BidStrategyFactory(line_item=item, ssps=[ssp])
    PolicyFactory(tenant=item.tenant, name=f"{name} policy")
    PolicyDecisionFactory(tenant=item.tenant, line_item_id=item.pk, policy=f"{name} policy")
