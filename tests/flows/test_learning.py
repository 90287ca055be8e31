"""From a retraining to the ad tag and back, over real HTTP; and a worker that is killed."""

import os
import signal
import subprocess
import sys

import pytest

from adplatform.clients import clickhouse
from campaigns.models import Template
from optimization.models import Batch, Run, RunState, RunTrigger
from optimization.retrain import Ask, retrain
from optimization.services import activate_arms, roll_back_run
from optimization.turns import Busy
from tests.flows.advertiser import Advertiser, build
from tests.live import PROJECT, environment, fetch, wait
from tests.optimization.traffic import ad_ids_of, show

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 5
SMALL = {"headline": ("text", ["a", "b"]), "accent": ("color", ["#0f766e", "#b45309"])}
STOPPED_HALF_WAY = """
import django, time
django.setup()
from datetime import UTC, datetime
from campaigns.models import Template
from optimization import runs
from optimization.turns import turn
template = Template.across_tenants.get(pk={pk})
with turn(template.pk):
    runs.begin(template, "manual", "tab", datetime.now(UTC))
    print("begun", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def no_model(settings) -> None:
    settings.EMBEDDING_MODEL = ""


@pytest.fixture
def advertiser(platform) -> Advertiser:
    made = build(platform.url, components=SMALL)
    platform.wait_until_served(made.template_url)
    return made


def decided(advertiser: Advertiser, times: int = 10) -> list[dict[str, str]]:
    return [fetch(advertiser.decision_url, origin="null").json() for _ in range(times)]


def test_a_retraining_serves_within_seconds_and_a_roll_back_restores(platform, advertiser):
    template = Template.across_tenants.get(pk=advertiser.template_id)
    old, best = ad_ids_of(template)[:2]
    arms: list[dict[str, object]] = [{"ad_id": old, "weight": 1}]
    activate_arms(template=template, segment_id=advertiser.segment_id, arms=arms)
    wait(lambda: {d["ad_id"] for d in decided(advertiser)} == {old}, "no batch", SECONDS)
    for ad_id in ad_ids_of(template):
        clicks = 400 if ad_id == best else 40
        show(template, ad_id, 2000, clicks, segment_id=advertiser.segment_id)

    run = retrain(Ask(template.pk, RunTrigger.MANUAL))
    assert run.state == RunState.DONE, run.detail
    wait(lambda: best in {d["ad_id"] for d in decided(advertiser)}, "not the new batch", SECONDS)
    page = fetch(advertiser.template_url)
    assert page.status == 200
    decision = decided(advertiser, 1)[0]
    assert fetch(decision["impression_url"], method="POST", body=b"").status == 204
    batch = Batch.across_tenants.get(run=run, segment=advertiser.segment_id)
    share = {arm["ad_id"]: arm["weight"] for arm in batch.arms}[decision["ad_id"]]
    wait(lambda: bool(logged(template)), "not logged")
    ((batch_id, propensity),) = logged(template)
    assert batch_id == batch.pk
    assert propensity == pytest.approx(share, rel=1e-5)

    roll_back_run(run=run)
    wait(lambda: {d["ad_id"] for d in decided(advertiser)} == {old}, "not restored", SECONDS)


def logged(template: Template) -> list[tuple[int, float]]:
    """Batch and propensity of every impression that was stored."""
    return [
        tuple(row)
        for row in clickhouse.query(
            "SELECT batch_id, propensity FROM ad_events_raw WHERE tenant_id = %(tenant)s"
            " AND template_id = %(template)s AND event_type = 'IMPRESSION'",
            {"tenant": template.tenant_id, "template": template.pk},
        )
    ]


def test_a_worker_that_is_killed_half_way_leaves_what_serves_and_the_next_run_works(
    platform, advertiser
):
    template = Template.across_tenants.get(pk=advertiser.template_id)
    batch = activate_arms(
        template=template,
        segment_id=None,
        arms=[{"ad_id": ad_ids_of(template)[0], "weight": 1}],
    )
    env = environment(platform.port) | {
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]
    }
    code = STOPPED_HALF_WAY.format(pk=template.pk)
    worker = subprocess.Popen(
        [sys.executable, "-c", code], cwd=PROJECT, env=env, stdout=subprocess.PIPE
    )
    assert worker.stdout
    assert worker.stdout.readline() == b"begun\n"
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    left = Run.across_tenants.get(template=template)
    assert left.state == RunState.RUNNING
    assert Batch.across_tenants.get(template=template, is_active=True) == batch

    wait(lambda: _retrained(template), "the turn is still held")
    left.refresh_from_db()
    assert (left.state, left.batches.count()) == (RunState.FAILED, 0)
    assert "stopped before it ended" in left.problem


def _retrained(template: Template) -> bool:
    try:
        return retrain(Ask(template.pk, RunTrigger.MANUAL)).state == RunState.DONE
    except Busy:
        return False
