"""Web processes hear of every change to a list of sources."""

from django.db import migrations

from tenants.integrity import notify_on_change


class Migration(migrations.Migration):
    dependencies = [("adserving", "0001_initial"), ("tenants", "0002_integrity")]
    operations = [*notify_on_change(["adserving_sourcelist"])]
