"""Builders of batches."""

import factory
from factory.django import DjangoModelFactory

from optimization.models import Batch
from optimization.space import format_ad_id
from tests.factories.templates import TemplateFactory, first_combination


class BatchFactory(DjangoModelFactory):
    """One arm, the first combination of its template, for everyone; inactive."""

    class Meta:
        model = Batch

    template = factory.SubFactory(TemplateFactory)
    campaign = factory.SelfAttribute("template.campaign")
    tenant = factory.SelfAttribute("template.tenant")
    arms = factory.LazyAttribute(
        lambda batch: [{"ad_id": format_ad_id(first_combination(batch.template)), "weight": 1}]
    )
