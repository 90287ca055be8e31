"""Fixtures of the optimiser's loop."""

import pytest

from adplatform.clients import clickhouse
from events.tiers import RAW, TIERS

COUNTED = (RAW, "ad_conversion_credits", *(tier.table for tier in TIERS))


@pytest.fixture
def traffic(event_schema: None) -> None:
    """Empty tables of what is counted: a quarter of the time that emptying all of them takes."""
    for table in COUNTED:
        clickhouse.command(f"TRUNCATE TABLE {table}")
