"""Notify web processes of changed configuration. last_used_at of a key is no configuration."""

from django.db import migrations

from tenants.integrity import CREATE_NOTIFY, DROP_NOTIFY, notify_on_change

KEY_TRIGGER = """
CREATE TRIGGER tenants_apikey_notify AFTER INSERT OR DELETE OR
UPDATE OF hash, prefix, scopes, tenant_id, revoked_at ON tenants_apikey
FOR EACH STATEMENT EXECUTE FUNCTION notify_configuration()
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = [
        migrations.RunSQL(CREATE_NOTIFY, DROP_NOTIFY),
        *notify_on_change(["tenants_tenant"]),
        migrations.RunSQL(KEY_TRIGGER, "DROP TRIGGER tenants_apikey_notify ON tenants_apikey"),
    ]
