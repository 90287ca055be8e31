"""Builders of batches, learning and runs."""

from datetime import UTC, datetime

from factory.declarations import LazyAttribute, SelfAttribute, SubFactory
from factory.django import DjangoModelFactory

from optimization.models import Batch, Learning, Run, RunState, RunTrigger
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


class LearningFactory(DjangoModelFactory[Learning]):
    """The defaults of a template."""

    class Meta:
        model = Learning

    template = SubFactory(TemplateFactory)
    tenant = SelfAttribute("template.tenant")


class RunFactory(DjangoModelFactory[Run]):
    """A run of the component tables that is done."""

    class Meta:
        model = Run

    template = SubFactory(TemplateFactory)
    tenant = SelfAttribute("template.tenant")
    state = RunState.DONE
    trigger = RunTrigger.THRESHOLD
    engine = "tab"
    started_at = datetime(2026, 11, 1, 12, tzinfo=UTC)
