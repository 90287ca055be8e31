"""The creative optimiser's pages: what they show of real runs, and what they say without any."""

from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest
from django.urls import reverse

from adplatform.admin.optimiser import found
from optimization.counterfactual import Served
from optimization.models import LearningState, RunState
from tenants.roles import Role
from tests.campaigns.admin.pages import client_of, text_of
from tests.factories import (
    BatchFactory,
    LearningFactory,
    RunFactory,
    SegmentFactory,
    TemplateFactory,
    TenantFactory,
)
from tests.optimization.campaign_play import Play

pytestmark = pytest.mark.django_db
COMPONENTS = {
    "headline": ("text", ["Oak", "<b>Pine</b>", "Walnut"]),
    "accent": ("color", ["#0f766e", "#b45309"]),
}


@pytest.fixture
def template():
    return TemplateFactory(name="Floors", status="published", components=COMPONENTS)


@pytest.fixture
def client(template):
    return client_of(template.tenant)


def page(client, template, **asked):
    answer = client.get(reverse("admin:optimiser_template", args=[template.pk]), asked)
    assert answer.status_code == 200
    return unescape(text_of(answer))


def listed(client):
    return unescape(text_of(client.get(reverse("admin:optimiser"))))


def of_run(client, run):
    return client.get(reverse("admin:optimiser_run", args=[run.template_id, run.pk]))


@pytest.fixture
def learnt(event_store, template):
    """Everything shown alike, two runs, and what each of them showed."""
    play = Play(template)
    play.round(2000)
    for _ in range(2):
        assert play.learn().state == "done"
        play.round(2000)
    return play


def test_a_template_that_learnt_shows_what_came_of_it(learnt, client, template):
    text = page(client, template)
    assert "We are 95% sure that it does better" in text
    assert text.count('class="adp-chart"') == 2 + 5  # curve, predictions, and one for each value
    assert "Best so far" in text
    assert "headline and accent" in text
    assert "Round 2, from 20 Nov 2026" in text
    assert "<b>Pine</b>" not in text_of(
        client.get(reverse("admin:optimiser_template", args=[template.pk]))
    )
    assert "Floors v1" in listed(client)
    run = template.runs.first()
    assert run is not None
    said = unescape(text_of(of_run(client, run)))
    assert "Doubly robust (DR)" in said
    assert "random seed" in said


def test_a_segment_without_a_batch_sees_everyones(learnt, client, template):
    segment = SegmentFactory(tenant=template.tenant, name="Mobile")
    learnt.round(100, segment.pk)
    assert "see what everyone else sees" in page(client, template, segment=segment.pk)
    assert "see what everyone else sees" not in page(client, template, segment=10**6)


def test_a_segment_that_learnt_has_a_choice_of_its_own(learnt, client, template):
    segment = SegmentFactory(tenant=template.tenant, name="Mobile")
    learnt.round(1000, segment.pk)
    assert learnt.learn().state == "done"
    learnt.round(1000, segment.pk)
    text = page(client, template, segment=segment.pk)
    assert "see what everyone else sees" not in text
    assert "as predicted" in text
    run = template.runs.first()
    assert run is not None
    assert "Mobile" in text_of(of_run(client, run))


class TestWithoutFigures:
    def test_nothing_was_shown_yet(self, event_store, client, template):
        text = page(client, template)
        assert "Nothing was learnt yet" in text
        assert "all 6 combinations are shown equally often" in text
        assert "Nothing of this template was shown yet" in text
        assert "There was no run yet" in text

    def test_a_first_choice_before_any_impression(self, event_store, client, template):
        assert Play(template).learn().state == "done"
        text = page(client, template)
        assert "Still learning: too little was shown" in text
        assert "not shown yet" in text
        assert "Nothing of this template was shown yet" in text

    def test_a_batch_by_hand_has_no_predictions(self, event_store, client, template):
        BatchFactory(template=template, is_active=True)
        text = page(client, template)
        assert "by hand from" in text
        assert "Chance to be the best" in text

    def test_what_was_banned_since_is_marked(self, event_store, client, template):
        batch = BatchFactory(template=template, is_active=True)
        LearningFactory(template=template, banned=[batch.arms[0]["ad_id"]])
        text = page(client, template)
        assert "Not shown any more" in text
        assert "all 5 combinations are shown equally often until the next run" in text

    def test_one_combination_is_nothing_to_choose_from(self, event_store):
        template = TemplateFactory(components={"headline": ("text", ["Oak"])}, status="published")
        assert "nothing to learn" in page(client_of(template.tenant), template)

    def test_no_combination_is_nothing_to_show(self, event_store, client, template):
        assets = list(template.components.first().assets.values_list("pk", flat=True))
        LearningFactory(template=template, banned_assets=assets)
        text = page(client, template)
        assert "No combination may be shown" in text
        assert text.count("Lift ban") == 3

    def test_paused(self, event_store, client, template):
        LearningFactory(template=template, is_paused=True)
        text = page(client, template)
        assert "stays as it is until you resume" in text
        assert "Resume" in text

    def test_a_failed_run_says_why_in_words(self, event_store, client, template):
        run = RunFactory(
            template=template, state=RunState.FAILED, problem="Out of <memory>", detail="Trace"
        )
        LearningFactory(
            template=template,
            state=LearningState.FAILED,
            problem="Out of <memory>",
            last_run=run,
            last_run_at=datetime(2026, 11, 1, tzinfo=UTC),
        )
        text = page(client, template)
        assert "The last run failed; what was shown before goes on being shown" in text
        assert text.count("Out of <memory>") == 2
        assert "Trace" in text_of(of_run(client, run))

    def test_a_run_that_goes_on(self, event_store, client, template):
        LearningFactory(template=template, state=LearningState.RUNNING)
        assert "reload this page in a moment" in page(client, template)

    def test_numbers_that_a_model_could_not_give_are_left_out(self, event_store, client, template):
        RunFactory(
            template=template,
            effects=[{"asset": 1, "segment": None, "mean": None, "low": None, "high": None}],
            pairs=[{"assets": [1, 2], "mean": None, "low": None, "high": None}],
            predicted={"uniform_rate": None, "best_rate": None, "segments": {"0": {}}},
        )
        assert "Nothing was learnt of it yet" in page(client, template)

    def test_a_run_that_lacked_its_texts_says_so(self, event_store, client, template):
        RunFactory(template=template, problem="It did not compare texts.")
        assert "It did not compare texts." in page(client, template)

    def test_the_store_of_events_is_away(self, client, template, settings):
        settings.CLICKHOUSE_URL = "clickhouse://127.0.0.1:1/none"
        BatchFactory(template=template, is_active=True)
        run = RunFactory(template=template)
        assert "the analytics store does not answer" in page(client, template)
        assert "the analytics store does not answer" in listed(client)
        assert of_run(client, run).status_code == 200

    def test_no_template_is_published(self, event_store):
        assert "No template is published yet" in listed(client_of(TenantFactory()))


class TestOthers:
    def test_another_accounts_template_does_not_exist(self, template):
        stranger = client_of(TenantFactory())
        run = RunFactory(template=template)
        addresses = [
            reverse("admin:optimiser_template", args=[template.pk]),
            reverse("admin:optimiser_run", args=[template.pk, run.pk]),
            reverse("admin:optimiser_hold", args=[template.pk, "pause"]),
        ]
        assert [stranger.get(each).status_code for each in addresses] == [404, 404, 404]

    def test_a_run_of_another_template_does_not_exist(self, client, template):
        run = RunFactory(template=TemplateFactory(campaign=template.campaign))
        answer = client.get(reverse("admin:optimiser_run", args=[template.pk, run.pk]))
        assert answer.status_code == 404

    def test_an_analyst_looks_and_finds_no_buttons(self, event_store, template):
        BatchFactory(template=template, is_active=True)
        text = page(client_of(template.tenant, Role.ANALYST), template)
        assert "Learn now</a>" not in text
        assert "/pin/?" not in text


def test_many_rounds_share_dots_and_keep_their_numbers(template):
    runs = [RunFactory(template=template) for _ in range(7)]
    for version, run in enumerate(runs, start=1):
        BatchFactory(template=template, run=run, version=version, source="optimiser")
    known = found.find(template, max_batches=6)
    pks = [batch.pk for batch in reversed(known.batches)]
    rows = [Served(pk, 0, "1-2", 0.5, 100, 5) for pk in pks]
    shown = replace(known, rows=rows).rounds(3)
    assert {number: rate.impressions for number, rate in shown.items()} == {2: 200, 4: 200, 6: 200}


def test_a_templates_own_page_leads_to_what_was_learnt(client, template):
    answer = client.get(reverse("admin:campaigns_template_learnt", args=[template.pk]))
    assert answer.headers["Location"] == reverse("admin:optimiser_template", args=[template.pk])
