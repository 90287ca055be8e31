"""Tenants: who owns what, who may do what, and the keys their systems use."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Account"
