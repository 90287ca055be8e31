"""Everything that marketers configure, one file for each concern."""

from campaigns.models.audience import AttributionRule, Segment
from campaigns.models.campaign import Campaign, CampaignStatus, FrequencyCap
from campaigns.models.creative import BANNERS, Creative, CreativeKind
from campaigns.models.line_item import LineItem, LineItemStatus, PacingMode
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
    "BANNERS",
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
