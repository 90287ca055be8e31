"""Optimisation: which creative combinations serve to whom."""

from django.apps import AppConfig


class OptimizationConfig(AppConfig):
    name = "optimization"
    verbose_name = "Optimisation"
