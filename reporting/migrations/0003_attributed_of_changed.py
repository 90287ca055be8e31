"""What a run's number of attributed conversions counts, in words."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reporting', '0002_report_export'),
    ]

    operations = [
        migrations.AlterField(
            model_name='attributionrun',
            name='attributed',
            field=models.PositiveBigIntegerField(default=0, help_text='Of the changed ones, those with a click or a view in its window.'),
        ),
    ]
