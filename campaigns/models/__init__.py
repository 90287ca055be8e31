"""Everything that marketers configure, one file for each concern."""

from campaigns.models.audience import AttributionRule, Segment
from campaigns.models.campaign import Campaign, CampaignStatus, FrequencyCap
from campaigns.models.line_item import Creative, CreativeKind, LineItem, LineItemStatus, PacingMode
from campaigns.models.placement import Placement
from campaigns.models.template import (
    CombinationRule,
    CombinationRuleKind,
    Component,
    CreativeAsset,
    Template,
    TemplateStatus,
)

__all__ = [
    "AttributionRule",
    "Campaign",
    "CampaignStatus",
    "CombinationRule",
    "CombinationRuleKind",
    "Component",
    "Creative",
    "CreativeAsset",
    "CreativeKind",
    "FrequencyCap",
    "LineItem",
    "LineItemStatus",
    "PacingMode",
    "Placement",
    "Segment",
    "Template",
    "TemplateStatus",
]
