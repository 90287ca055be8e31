"""Builders of batches."""

from factory.declarations import LazyAttribute, SelfAttribute, SubFactory
from factory.django import DjangoModelFactory

from optimization.models import Batch
from optimization.space import format_ad_id
from tests.factories.templates import TemplateFactory, first_combination


class BatchFactory(DjangoModelFactory[Batch]):
    """One arm, the first combination of its template, for everyone; inactive."""

    class Meta:
        model = Batch

    template = SubFactory(TemplateFactory)
    campaign = SelfAttribute("template.campaign")
    tenant = SelfAttribute("template.tenant")
    arms = LazyAttribute(
        lambda batch: [{"ad_id": format_ad_id(first_combination(batch.template)), "weight": 1}]
    )
