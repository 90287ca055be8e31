"""The windows of a tenant's attribution rule, or those of a tenant without one."""

from campaigns.attribution import (
    CLICK_WINDOW_HOURS,
    MAX_WINDOW_HOURS,
    VIEW_WINDOW_HOURS,
    ViewEvent,
)
from campaigns.models import AttributionRule
from reporting.attribution.statements import Rule


def rule_of(tenant_id: int) -> Rule:
    """What conversions are credited by from now on; windows are at most 90 days."""
    row = AttributionRule.objects.for_tenant(tenant_id).first()
    if row is None:
        return Rule(CLICK_WINDOW_HOURS, VIEW_WINDOW_HOURS)
    return Rule(
        min(row.click_window_hours, MAX_WINDOW_HOURS),
        min(row.view_window_hours, MAX_WINDOW_HOURS),
        ViewEvent(row.view_event),
    )
