"""Runs and learning refer only to rows of their own tenant; bans reach web processes at once."""

from django.db import migrations

from tenants.integrity import owned_by_tenant, same_tenant

# Only what serving reads: a change of state or of a threshold reloads nobody.
NOTIFY = """
CREATE TRIGGER optimization_learning_notify
AFTER INSERT OR DELETE OR UPDATE OF banned, banned_assets ON optimization_learning
FOR EACH STATEMENT EXECUTE FUNCTION notify_configuration()
"""
FORGET = "DROP TRIGGER optimization_learning_notify ON optimization_learning"
SERVING_SINCE = "UPDATE optimization_batch SET activated_at = created_at WHERE is_active"


class Migration(migrations.Migration):
    dependencies = [("optimization", "0003_learning"), ("campaigns", "0002_integrity")]
    operations = [
        owned_by_tenant("optimization_run"),
        same_tenant("optimization_run", "template_id", "campaigns_template"),
        same_tenant("optimization_learning", "template_id", "campaigns_template"),
        same_tenant("optimization_learning", "last_run_id", "optimization_run"),
        same_tenant("optimization_batch", "run_id", "optimization_run"),
        migrations.RunSQL(NOTIFY, FORGET),
        migrations.RunSQL(SERVING_SINCE, migrations.RunSQL.noop),
    ]
