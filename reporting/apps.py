"""The reporting app: what the events add up to, as JSON and CSV."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
