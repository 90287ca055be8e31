"""Builders of what marketers configure for exchanges."""

from datetime import UTC, datetime

from factory.declarations import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from rtb.models import (
    BidStrategy,
    Deal,
    Guardrails,
    InventoryList,
    Policy,
    PolicyDecision,
    Ssp,
)
from rtb.rego.vet import version_of
from tests.factories.campaigns import LineItemFactory
from tests.factories.tenants import TenantFactory


class SspFactory(DjangoModelFactory[Ssp]):
    class Meta:
        model = Ssp

    tenant = SubFactory(TenantFactory)
    key = Sequence(lambda n: f"ssp-{n}")
    name = Sequence(lambda n: f"SSP {n}")


class LinkedFactory(DjangoModelFactory):
    """Lists given for many-to-many fields are joined once the row is there."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        names = {field.name for field in model_class._meta.many_to_many}
        linked = {name: kwargs.pop(name) for name in names & kwargs.keys()}
        row = super()._create(model_class, *args, **kwargs)
        for name, others in linked.items():
            getattr(row, name).set(others)
        return row


class DealFactory(LinkedFactory):
    """A deal without a price; ``line_items=[item]`` may buy through it."""

    class Meta:
        model = Deal

    ssp = SubFactory(SspFactory)
    tenant = SelfAttribute("ssp.tenant")
    deal_id = Sequence(lambda n: f"deal-{n}")
    name = Sequence(lambda n: f"Deal {n}")


class InventoryListFactory(DjangoModelFactory[InventoryList]):
    """One site; give ``kind`` and ``entries`` for others."""

    class Meta:
        model = InventoryList

    tenant = SubFactory(TenantFactory)
    name = Sequence(lambda n: f"List {n}")
    kind = "domain"
    entries = LazyFunction(lambda: ["news.example"])


class GuardrailsFactory(LinkedFactory):
    """Of a line item (or give ``campaign`` and ``line_item=None``); they keep nothing away."""

    class Meta:
        model = Guardrails

    line_item = SubFactory(LineItemFactory)
    tenant = LazyAttribute(lambda rails: (rails.line_item or rails.campaign).tenant)


class BidStrategyFactory(LinkedFactory):
    """The line item bids its CPM everywhere."""

    class Meta:
        model = BidStrategy

    line_item = SubFactory(LineItemFactory)
    tenant = SelfAttribute("line_item.tenant")


POLICY = """package guardrails

import rego.v1

deny_configuration contains "too dear" if input.line_item.cpm > 20

test_twenty_is_allowed if count(deny_configuration) == 0 with input as {"line_item": {"cpm": 20}}
"""


class PolicyFactory(DjangoModelFactory[Policy]):
    """As the admin saves one that passed its trial; ``version`` may say otherwise."""

    class Meta:
        model = Policy

    tenant = SubFactory(TenantFactory)
    name = Sequence(lambda n: f"policy-{n}")
    source = POLICY
    version = LazyAttribute(lambda policy: version_of(policy.source))


class PolicyDecisionFactory(DjangoModelFactory[PolicyDecision]):
    class Meta:
        model = PolicyDecision

    tenant = SubFactory(TenantFactory)
    line_item_id = Sequence(lambda n: n + 1)
    creative_id = Sequence(lambda n: n + 1)
    policy = "platform/age"
    decision = "deny"
    decided_at = LazyFunction(lambda: datetime(2026, 11, 20, tzinfo=UTC))
