"""What runs by itself: due templates are retrained, once, and nothing is left behind."""

import json
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.conf import settings as django_settings
from django.db import connection

from campaigns.models import Campaign, Template
from optimization import schedule, tasks
from optimization.models import Batch, Learning, LearningState, Run, RunState, RunTrigger
from optimization.retrain import Ask, retrain
from optimization.turns import Busy, turn
from tests.factories import BatchFactory, LearningFactory, RunFactory, TemplateFactory
from tests.optimization.retraining import SMALL
from tests.optimization.traffic import NOW, ad_ids_of, show, show_all

pytestmark = pytest.mark.usefixtures("no_model")


@pytest.fixture
def template(traffic, db) -> Template:
    template = TemplateFactory(status="published", components=SMALL)
    Campaign.across_tenants.filter(pk=template.campaign_id).update(
        status="ACTIVE", start_at=NOW - timedelta(days=9), end_at=NOW + timedelta(days=900)
    )
    return template


def due(now=NOW):
    return dict(schedule.due_now(now))


def test_a_published_template_gets_its_first_batch_by_itself(template):
    assert due() == {template.pk: RunTrigger.FIRST}
    run = schedule.retrain_if_due(template.pk, NOW)
    assert run
    assert (run.state, run.trigger) == (RunState.DONE, RunTrigger.FIRST)
    assert due() == {}
    assert schedule.retrain_if_due(template.pk, NOW) is None


def test_enough_new_impressions_and_clicks_make_the_next_one(template):
    schedule.retrain_if_due(template.pk, NOW)
    show_all(template, 1249)
    assert due() == {}
    show(template, ad_ids_of(template)[0], 4, 4)
    assert due() == {template.pk: RunTrigger.THRESHOLD}
    assert Run.across_tenants.count() == 1


def test_age_makes_one_when_there_is_anything_new(template):
    schedule.retrain_if_due(template.pk, NOW)
    assert due(NOW + timedelta(hours=7)) == {}
    show(template, ad_ids_of(template)[0], 1, 0)
    assert due(NOW + timedelta(hours=7)) == {template.pk: RunTrigger.AGE}


@pytest.mark.parametrize(
    "campaign", [{"status": "PAUSED"}, {"end_at": NOW}, {"start_at": NOW + timedelta(days=1)}]
)
def test_a_campaign_that_does_not_run_does_not_learn(template, campaign):
    Campaign.across_tenants.update(**campaign)
    assert due() == {}


def test_a_batch_chosen_by_hand_stays_until_somebody_asks_for_learning(template):
    BatchFactory(template=template, is_active=True)
    assert due() == {}
    LearningFactory(template=template)
    assert due() == {template.pk: RunTrigger.FIRST}


def test_paused_learning_is_never_due_but_can_be_asked_for(template):
    LearningFactory(template=template, is_paused=True)
    show_all(template, 5000)
    assert due() == {}
    tasks.retrain_now(template.pk)
    assert Run.across_tenants.get().trigger == RunTrigger.MANUAL


def test_a_draft_does_not_learn(template):
    Template.across_tenants.update(status="draft")
    assert due() == {}


def test_many_templates_are_looked_at_with_few_questions(template, django_assert_num_queries):
    for _ in range(5):
        other = TemplateFactory(status="published", components=SMALL, campaign=template.campaign)
        LearningFactory(template=other)
        RunFactory(template=other)
    with django_assert_num_queries(6):
        assert set(due()) == {template.pk}


def test_counts_of_one_account_that_cannot_be_read_are_no_reason_to_retrain(template, settings):
    settings.CLICKHOUSE_URL = "clickhouse://127.0.0.1:1/none"
    assert due() == {}


def test_a_template_that_is_gone_is_nothing_to_do(template):
    assert schedule.retrain_if_due(template.pk + 1000) is None


def test_the_check_asks_for_what_is_due(template, clean_redis):
    tasks.check_thresholds()
    (queued,) = clean_redis.lrange("celery", 0, -1)
    assert json.loads(queued)["headers"]["task"] == tasks.retrain_due.name
    assert json.loads(queued)["headers"]["expires"]
    entry = django_settings.CELERY_BEAT_SCHEDULE["optimization-check"]
    assert entry["task"] == tasks.check_thresholds.name
    assert entry["options"] == {"expires": entry["schedule"]}


def test_a_run_that_was_left_behind_is_closed_within_the_next_check(template):
    LearningFactory(template=template, state=LearningState.RUNNING, is_paused=True)
    left = RunFactory(template=template, state=RunState.RUNNING, started_at=NOW)
    schedule.close_left_behind(NOW + timedelta(seconds=5))
    left.refresh_from_db()
    assert left.state == RunState.RUNNING
    schedule.close_left_behind(NOW + timedelta(minutes=1))
    left.refresh_from_db()
    assert left.state == RunState.FAILED
    learning = Learning.across_tenants.get()
    assert (learning.state, learning.problem) == (LearningState.FAILED, left.problem)


def held_elsewhere(template_id: int, taken: Event, done: Event) -> None:
    """Another connection has the template's turn."""
    with turn(template_id):
        taken.set()
        done.wait(20)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_gives_way_and_changes_nothing(traffic):
    template = TemplateFactory(status="published", components=SMALL)
    RunFactory(template=template, state=RunState.RUNNING, started_at=NOW)
    taken, done = Event(), Event()
    other = Thread(target=held_elsewhere, args=(template.pk, taken, done))
    other.start()
    try:
        assert taken.wait(20)
        with pytest.raises(Busy):
            retrain(Ask(template.pk, RunTrigger.MANUAL))
        tasks.retrain_now(template.pk)
        schedule.close_left_behind(NOW + timedelta(hours=1))
    finally:
        done.set()
        other.join()
    assert Run.across_tenants.get().state == RunState.RUNNING
    assert not Batch.across_tenants.exists()
    assert retrain(Ask(template.pk, RunTrigger.MANUAL)).state == RunState.DONE
