"""Changing what serves: activating a batch."""

from django.db import transaction
from django.db.models import Max, Q

from campaigns.models import Template
from optimization.models import Batch, validate_arms


@transaction.atomic
def activate_arms(
    *, template: Template, segment_id: int | None, arms: list[dict[str, object]]
) -> Batch:
    """Serve these arms to a segment from now on; the batch that served before is kept, inactive."""
    validate_arms(arms)
    Template.across_tenants.select_for_update().get(pk=template.pk)  # one activation at a time
    segment = Q(segment_id=segment_id) if segment_id else Q(segment__isnull=True)
    versions = Batch.across_tenants.filter(segment, template=template)
    for active in versions.filter(is_active=True):
        active.is_active = False
        active.save(update_fields=["is_active"])
    latest = versions.aggregate(latest=Max("version"))["latest"] or 0
    return Batch.across_tenants.create(
        tenant_id=template.tenant_id,
        campaign_id=template.campaign_id,
        template=template,
        segment_id=segment_id,
        version=latest + 1,
        arms=arms,
        is_active=True,
    )
