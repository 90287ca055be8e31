"""Rows of reporting."""

from datetime import UTC, datetime

from factory.declarations import SubFactory
from factory.django import DjangoModelFactory

from reporting.models import AttributionRun
from tests.factories.tenants import TenantFactory


class AttributionRunFactory(DjangoModelFactory[AttributionRun]):
    class Meta:
        model = AttributionRun

    tenant = SubFactory(TenantFactory)
    started_at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
