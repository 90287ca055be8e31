"""The operator's lists of sources."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="SourceList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.SlugField(max_length=64, unique=True)),
                ("v4", models.BinaryField(default=b"")),
                ("v6", models.BinaryField(default=b"")),
                ("ranges", models.PositiveIntegerField(default=0)),
                ("loaded_at", models.DateTimeField()),
            ],
            options={"ordering": ["name"]},
        ),
    ]
