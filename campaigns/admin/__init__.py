"""The admin of campaigns; pages that also read reports or the ad server are in adplatform.admin."""

from campaigns.admin.audience import AttributionRuleAdmin, SegmentAdmin
from campaigns.admin.campaign import CampaignAdmin
from campaigns.admin.creative import CreativeAdmin
from campaigns.admin.line_item import LineItemAdmin
from campaigns.admin.placement import PlacementAdmin
from campaigns.admin.template import TemplateAdmin

__all__ = [
    "AttributionRuleAdmin",
    "CampaignAdmin",
    "CreativeAdmin",
    "LineItemAdmin",
    "PlacementAdmin",
    "SegmentAdmin",
    "TemplateAdmin",
]
