"""Lists of sources whose hits do not count: the platform's own, no tenant's."""

from django.db import models


class SourceList(models.Model):
    """One named list, as ``manage.py load_ip_list`` loaded it."""

    name = models.SlugField(max_length=64, unique=True)
    v4 = models.BinaryField(default=b"")  # adserving/addresses/ranges.py packs and unpacks
    v6 = models.BinaryField(default=b"")
    ranges = models.PositiveIntegerField(default=0)
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
