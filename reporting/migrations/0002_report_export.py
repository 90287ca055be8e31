"""Exports of reports."""

import django.db.models.deletion
import django.db.models.manager
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0001_initial'),
        ('tenants', '0003_privacy'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReportExport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('requested_by', models.CharField(max_length=200)),
                ('idempotency_key', models.CharField(max_length=200, null=True)),
                ('query', models.JSONField()),
                ('bom', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('expired', 'Expired')], default='queued', max_length=8)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('error', models.CharField(default='', max_length=500)),
                ('rows', models.BigIntegerField(default=0)),
                ('bytes', models.BigIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('heard_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('downloads', models.PositiveIntegerField(default=0)),
                ('last_downloaded_by', models.CharField(default='', max_length=200)),
                ('last_downloaded_at', models.DateTimeField(null=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant')),
            ],
            options={
                'ordering': ['-created_at'],
                'indexes': [models.Index(fields=['state', 'due_at'], name='export_by_state')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'idempotency_key'), name='export_once_per_idempotency_key'), models.CheckConstraint(condition=models.Q(('state', 'queued'), ('started_at__isnull', False), ('state', 'failed'), _connector='OR'), name='export_started_before_it_ended'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['done', 'expired']), _negated=True), ('expires_at__isnull', False), _connector='OR'), name='finished_export_expires')],
            },
            managers=[
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
    ]
