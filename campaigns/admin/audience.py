"""Segments of the audience, and how conversions are credited."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from campaigns.admin.targeting_form import RuleFields, RuleForm, summary
from campaigns.attribution import DESCRIPTIONS, LABELS, Model
from campaigns.models import AttributionRule, Segment
from tenants.admin.access import access_of
from tenants.admin.decorators import display
from tenants.admin.scoping import TenantModelAdmin
from tenants.roles import Action, Area


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
    list_display = ["tenant", "model", "click_window_hours", "view_window_hours", "view_event"]
    readonly_fields = ["models_explained"]
    fieldsets = [
        (
            None,
            {
                "fields": [("click_window_hours", "view_window_hours"), "view_event"],
                "description": "Which clicks and views get credit for a conversion. New windows "
                "apply to conversions of the last two days and later; an operator credits older "
                "ones again with <code>manage.py attribute_conversions --since</code>.",
            },
        ),
        ("Who gets how much", {"fields": ["model", "models_explained"]}),
    ]

    @display(description="The models")
    def models_explained(self, _rule: AttributionRule) -> str:
        rows = ((LABELS[model], DESCRIPTIONS[model]) for model in Model)
        lines = format_html_join("", "<tr><th scope=row>{}</th><td>{}</td></tr>", rows)
        return format_html('<table class="adp-table"><tbody>{}</tbody></table>', lines)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An account has one rule: only where one has none yet."""
        tenants = access_of(request).tenants(self.area, Action.ADD)
        ruled = AttributionRule.objects.for_tenants(tenants).count()
        return super().has_add_permission(request, obj) and ruled < len(tenants)
