"""Which dead letters were sent again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Replayed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("dead_letter", models.CharField(max_length=300)),
                ("reason", models.CharField(default="", max_length=64)),
                ("edited", models.BooleanField(default=False)),
                ("replayed_at", models.DateTimeField(auto_now=True)),
            ],
            options={"verbose_name_plural": "replayed"},
        ),
    ]
