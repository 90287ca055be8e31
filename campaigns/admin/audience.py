"""Segments of the audience, and how conversions are credited."""

from typing import ClassVar

from django.contrib import admin

from campaigns.admin.targeting_form import RuleFields, RuleForm, summary
from campaigns.models import AttributionRule, Segment
from tenants.admin.decorators import display
from tenants.admin.scoping import TenantModelAdmin
from tenants.roles import Area


class SegmentForm(RuleForm):
    rule_field: ClassVar[str] = "rule"


@admin.register(Segment)
class SegmentAdmin(RuleFields, TenantModelAdmin):
    area = Area.AUDIENCE
    form = SegmentForm
    list_display = ["name", "key", "position", "who"]
    search_fields = ["name", "key"]
    fieldsets = [(None, {"fields": [("name", "key"), "position"]})]

    @display(description="Who is in it")
    def who(self, segment: Segment) -> str:
        return summary(segment.rule)


@admin.register(AttributionRule)
class AttributionRuleAdmin(TenantModelAdmin):
    area = Area.AUDIENCE
    list_display = ["tenant", "model", "click_window_hours", "view_window_hours"]
    fieldsets = [
        (
            None,
            {
                "fields": ["model", ("click_window_hours", "view_window_hours")],
                "description": "Which click or view gets the credit for a conversion, and for how "
                "long after it.",
            },
        )
    ]
