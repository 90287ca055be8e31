"""A tenant whose conversions are credited as tests say."""

import pytest

from reporting.attribution import credit
from tests.factories import TenantFactory
from tests.reporting.attribution.journeys import NOW


@pytest.fixture
def tenant(db, event_store):
    return TenantFactory()


@pytest.fixture
def credit_news(tenant):
    return lambda: credit.credit_news(tenant.pk, now=NOW)


@pytest.fixture
def credit_all(tenant):
    return lambda: credit.credit_range(tenant.pk, now=NOW, since=None, until=None)
