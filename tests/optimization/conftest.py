"""Fixtures of the optimiser's loop."""

import pytest

from adplatform.clients import clickhouse
from campaigns.models import Template
from events.tiers import RAW, TIERS
from tests.factories import TemplateFactory
from tests.optimization.retraining import SMALL

COUNTED = (RAW, "ad_conversion_credits", *(tier.table for tier in TIERS))


@pytest.fixture
def traffic(event_schema: None) -> None:
    """Empty tables of what is counted: a quarter of the time that emptying all of them takes."""
    for table in COUNTED:
        clickhouse.command(f"TRUNCATE TABLE {table}")


@pytest.fixture
def no_model(settings) -> None:
    """Texts are not compared."""
    settings.EMBEDDING_MODEL = ""


@pytest.fixture
def template() -> Template:
    """Published, of four combinations."""
    return TemplateFactory(status="published", components=SMALL)
