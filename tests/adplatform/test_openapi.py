"""The published schema is valid OpenAPI and names every door."""

import io

import pytest
import yaml
from django.core.management import call_command

from adserving.endpoint.wiring import (
    ad_doors,
    event_doors,
    limits_from_settings,
    site_from_settings,
)


@pytest.fixture(scope="module")
def published() -> dict:
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    return yaml.safe_load(out.getvalue())


def test_every_hot_door_is_in_the_schema(published):
    limits = limits_from_settings()
    doors = {**ad_doors(site_from_settings(), limits), **event_doors(limits)}
    documented = {path.rstrip("/") for path in published["paths"]}
    assert set(doors) - documented == {"/ad_server/loader.js"}  # a script, not an API


def test_the_report_is_in_the_schema_with_its_parameters(published):
    names = {p["name"] for p in published["paths"]["/api/report/summary/"]["get"]["parameters"]}
    assert {"tenant_id", "from", "to", "campaign_id", "placement_id", "group_by"} <= names
