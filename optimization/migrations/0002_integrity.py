"""Batches refer only to rows of their own tenant; web processes hear of every change."""

from django.db import migrations

from tenants.integrity import notify_on_change, same_tenant


class Migration(migrations.Migration):
    dependencies = [("optimization", "0001_initial"), ("campaigns", "0002_integrity")]
    operations = [
        same_tenant("optimization_batch", "campaign_id", "campaigns_campaign"),
        same_tenant("optimization_batch", "template_id", "campaigns_template"),
        same_tenant("optimization_batch", "segment_id", "campaigns_segment"),
        *notify_on_change(["optimization_batch"]),
    ]
