"""What a report request need not say, from the tenant it is about."""

from datetime import UTC, datetime

from django.conf import settings

from campaigns.attribution import Model
from campaigns.models import AttributionRule
from reporting.parse import Defaults
from tenants.report_access import TenantTime


def defaults(tenant: TenantTime) -> Defaults:
    """The tenant's time zone and attribution model, and now."""
    return Defaults(
        tenant_id=tenant.tenant_id,
        timezone=tenant.timezone,
        attribution_model=attribution_model(tenant.tenant_id),
        now=datetime.now(UTC),
    )


def attribution_model(tenant_id: int) -> Model:
    """The model of the tenant's rule."""
    rules = AttributionRule.objects.for_tenant(tenant_id).values_list("model", flat=True)
    return Model(rules.first() or Model.LAST_TOUCH)


def retention_days() -> dict[str, int]:
    """How long each source stays on this platform; a tenant may keep single events for less."""
    return {
        "single_events": settings.EVENTS_RAW_DAYS,
        "minutes": settings.EVENTS_MINUTE_DAYS,
        "15_minutes": settings.EVENTS_QUARTER_DAYS,
        "days": settings.EVENTS_DAY_DAYS,
    }
