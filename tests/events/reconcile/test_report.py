"""The command: what it prints, what it answers with, and what it refuses."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from events.tiers import MINUTE, QUARTER
from tests.events.builders import an_event
from tests.events.reconcile.conftest import YESTERDAY, agrees, keep, remove

pytestmark = pytest.mark.django_db


def reconcile(*options: str) -> tuple[int, str]:
    out, code = io.StringIO(), 0
    try:
        call_command("reconcile", "--settle", "0", *options, stdout=out)
    except SystemExit as exc:
        code = int(exc.code or 0)
    return code, out.getvalue()


def test_it_says_what_differs_and_fails(some_events):
    remove(MINUTE, "tenant_id = 1")
    code, text = reconcile("--since", YESTERDAY.isoformat(), "--until", "2100-01-01")
    assert code == 1
    hour = YESTERDAY.isoformat()
    assert f"tenant 1 ad_events_minute_agg {hour} impressions: raw 2, tier 0\n" in text
    assert f"tenant 1 ad_events_minute_agg {hour} cost_micros: raw 5, tier 0\n" in text
    assert text.endswith(": 1 differences found, 1 remain\n")


def test_it_repairs_and_succeeds(some_events):
    remove(MINUTE)
    remove(QUARTER)
    code, text = reconcile("--days", "100", "--repair")
    assert code == 0
    assert "rebuilt ad_events_minute_agg" in text
    assert "delta rows" in text
    assert agrees()


def test_json_holds_the_same(some_events):
    remove(MINUTE, "tenant_id = 2")
    event = an_event(ts=YESTERDAY)
    keep(event)
    keep(event)
    code, text = reconcile("--json", "--since", YESTERDAY.isoformat())
    found = json.loads(text)
    assert code == 1
    assert {each["tenant_id"] for each in found["remaining"]} == {1, 2}
    assert found["duplicates"] == [{"tenant_id": 1, "hour": YESTERDAY.isoformat(), "extra": 1}]
    assert found["reconciled_until"] == YESTERDAY.replace(hour=0).isoformat()  # the day differs


def test_sound_tiers_succeed(some_events):
    code, text = reconcile("--days", "3")
    assert code == 0
    assert text.endswith("0 differences found, 0 remain\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--since", "2026-01-02", "--until", "2026-01-01"], "is not before"),
        (["--since", "yesterday"], "is no date"),
        (["--days", "0"], "is not before"),
    ],
)
def test_it_refuses_nonsense(event_store, options, message):
    with pytest.raises(CommandError, match=message):
        reconcile(*options)
