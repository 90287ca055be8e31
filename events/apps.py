"""The events app: accepting, consuming and storing events."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"
