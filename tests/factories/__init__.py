"""Builders of rows with sensible defaults; override any field by keyword.

``LineItemFactory(campaign__tenant=tenant)`` keeps campaign, placement and line item in one tenant.
They are declared as Any: calling a factory makes a row of its model, which mypy cannot see.
"""

from typing import Any

from tests.factories import campaigns, optimization, reporting, rtb, templates, tenants
from tests.factories.templates import first_combination

ApiKeyFactory: Any = tenants.ApiKeyFactory
AttributionRuleFactory: Any = campaigns.AttributionRuleFactory
AttributionRunFactory: Any = reporting.AttributionRunFactory
BatchFactory: Any = optimization.BatchFactory
LearningFactory: Any = optimization.LearningFactory
RunFactory: Any = optimization.RunFactory
BidStrategyFactory: Any = rtb.BidStrategyFactory
CampaignFactory: Any = campaigns.CampaignFactory
CombinationRuleFactory: Any = templates.CombinationRuleFactory
ComponentFactory: Any = templates.ComponentFactory
CreativeAssetFactory: Any = templates.CreativeAssetFactory
CreativeFactory: Any = campaigns.CreativeFactory
DealFactory: Any = rtb.DealFactory
FrequencyCapFactory: Any = campaigns.FrequencyCapFactory
GuardrailsFactory: Any = rtb.GuardrailsFactory
InventoryListFactory: Any = rtb.InventoryListFactory
LineItemFactory: Any = campaigns.LineItemFactory
MembershipFactory: Any = tenants.MembershipFactory
PlacementFactory: Any = campaigns.PlacementFactory
SegmentFactory: Any = campaigns.SegmentFactory
PolicyDecisionFactory: Any = rtb.PolicyDecisionFactory
PolicyFactory: Any = rtb.PolicyFactory
SspFactory: Any = rtb.SspFactory
TemplateFactory: Any = templates.TemplateFactory
TenantFactory: Any = tenants.TenantFactory
UserFactory: Any = tenants.UserFactory

__all__ = [
    "ApiKeyFactory",
    "AttributionRuleFactory",
    "AttributionRunFactory",
    "BatchFactory",
    "BidStrategyFactory",
    "CampaignFactory",
    "CombinationRuleFactory",
    "ComponentFactory",
    "CreativeAssetFactory",
    "CreativeFactory",
    "DealFactory",
    "FrequencyCapFactory",
    "GuardrailsFactory",
    "InventoryListFactory",
    "LearningFactory",
    "LineItemFactory",
    "MembershipFactory",
    "PlacementFactory",
    "PolicyDecisionFactory",
    "PolicyFactory",
    "RunFactory",
    "SegmentFactory",
    "SspFactory",
    "TemplateFactory",
    "TenantFactory",
    "UserFactory",
    "first_combination",
]
