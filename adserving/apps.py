"""Ad serving: the configuration snapshot and the doors that decide from it."""

from django.apps import AppConfig


class AdservingConfig(AppConfig):
    name = "adserving"
    verbose_name = "Ad serving"
