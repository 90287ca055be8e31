"""Builders of rows with sensible defaults; override any field by keyword.

``LineItemFactory(campaign__tenant=tenant)`` keeps campaign, placement and line item in one tenant.
"""

from tests.factories.campaigns import (
    AttributionRuleFactory,
    CampaignFactory,
    CreativeFactory,
    FrequencyCapFactory,
    LineItemFactory,
    PlacementFactory,
    SegmentFactory,
)
from tests.factories.optimization import BatchFactory
from tests.factories.templates import (
    CombinationRuleFactory,
    ComponentFactory,
    CreativeAssetFactory,
    TemplateFactory,
    first_combination,
)
from tests.factories.tenants import ApiKeyFactory, MembershipFactory, TenantFactory, UserFactory

__all__ = [
    "ApiKeyFactory",
    "AttributionRuleFactory",
    "BatchFactory",
    "CampaignFactory",
    "CombinationRuleFactory",
    "ComponentFactory",
    "CreativeAssetFactory",
    "CreativeFactory",
    "FrequencyCapFactory",
    "LineItemFactory",
    "MembershipFactory",
    "PlacementFactory",
    "SegmentFactory",
    "TemplateFactory",
    "TenantFactory",
    "UserFactory",
    "first_combination",
]
