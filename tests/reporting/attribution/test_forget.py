"""Credits of conversions that are gone are gone, too."""

from uuid import UUID

from campaigns.attribution import Model
from reporting.attribution.forget import forget
from tests.factories import TenantFactory
from tests.reporting.attribution.journeys import credited, event, store


def test_forgetting_removes_every_models_credits_and_no_others(tenant, credit_news):
    store([event("CONVERSION", 2, event_id=number, tenant_id=tenant.pk) for number in (1, 2)])
    credit_news()
    forget(tenant.pk, [UUID(int=1), UUID(int=77)])
    for model in Model:
        assert set(credited(model, tenant_id=tenant.pk)) == {UUID(int=2)}


def test_another_tenants_credits_stay(tenant, credit_news):
    store([event("CONVERSION", 2, event_id=1, tenant_id=tenant.pk)])
    credit_news()
    forget(TenantFactory().pk, [UUID(int=1)])
    assert set(credited(Model.LINEAR, tenant_id=tenant.pk)) == {UUID(int=1)}
