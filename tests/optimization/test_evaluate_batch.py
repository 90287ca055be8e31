"""evaluate_batch: what serves, a batch and an engine's proposal against what they replace."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from optimization.counterfactual import Served
from optimization.judge import Asked, NothingToJudge, judge
from optimization.logged import served
from optimization.models import Batch
from tests.factories import BatchFactory, TemplateFactory
from tests.optimization.campaign_play import Play

pytestmark = pytest.mark.django_db
COMPONENTS = {
    "headline": ("text", ["Oak", "Walnut"]),
    "cta": ("text", ["Order", "See", "Visit"]),
}


@pytest.fixture
def play(event_store):
    """Everything shown equally often, then one run's choice."""
    play = Play(TemplateFactory(components=COMPONENTS, status="published"))
    play.round(3000)
    assert play.learn().state == "done"
    play.round(2000)
    return play


def asked(play, **fields):
    return Asked(play.template.pk, **fields)


def test_a_proposal_is_evaluated_on_what_was_served(play):
    found = judge(asked(play, engine="tab"), play.now)
    assert found.answer.new is not None
    best = max(play.rate(each) for each in play.combinations)
    for estimate in found.answer.new.estimates.values():
        assert 0.5 * best < estimate.value < 1.3 * best
    assert set(found.answer.uplift) == {"ips", "snips", "dr"}
    assert "optimistic" in found.text
    assert not Batch.across_tenants.filter(version=2).exists()


def test_what_serves_is_evaluated_where_it_replaced_nothing(play):
    found = judge(asked(play), play.now)
    assert found.answer.new is not None
    assert found.against == "nothing"
    assert json.loads(json.dumps(found.data))["new"]["estimates"]["dr"]["value"] > 0


def test_a_batch_that_nobody_saw_is_refused_in_words(event_store):
    play = Play(TemplateFactory(components=COMPONENTS, status="published"))
    batch = BatchFactory(template=play.template)
    found = judge(asked(play, batch_id=batch.pk), play.now)
    assert found.answer.new is None
    assert "Nothing was served with a logged propensity" in found.text


def test_only_the_days_asked_for_count(play):
    later = play.now + timedelta(days=40)
    assert judge(asked(play), later).answer.new is None
    assert judge(asked(play, days=60), later).answer.new is not None


def test_traffic_is_read_by_what_it_was_drawn_from(play):
    rows = served(play.template)
    assert sum(row.impressions for row in rows) == 5000
    before = [row for row in rows if row.batch_id == 0]
    assert {round(row.propensity, 6) for row in before} == {round(1 / 6, 6)}
    assert all(isinstance(row, Served) and row.clicks <= row.impressions for row in rows)
    assert served(TemplateFactory()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--template", "999999"], "no template has the id"),
        (["--template", "1", "--days", "0"], "--days"),
        (["--template", "1", "--level", "1"], "--level"),
    ],
)
def test_what_is_not_there_is_said(options, words):
    with pytest.raises(CommandError, match=words):
        call_command("evaluate_batch", *options)


def test_a_batch_of_another_template_is_not_found():
    batch = BatchFactory()
    with pytest.raises(NothingToJudge, match="has no batch"):
        judge(Asked(TemplateFactory().pk, batch_id=batch.pk), datetime.now(UTC))


def test_the_command_prints_json(event_store, capsys):
    batch = BatchFactory(is_active=True)
    call_command("evaluate_batch", "--template", str(batch.template_id), "--json")
    assert json.loads(capsys.readouterr().out)["refused"]
