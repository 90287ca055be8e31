"""The creative optimiser's pages: what they show of real runs, and what they say without any."""

from html import unescape

import pytest
from django.urls import reverse

from tests.campaigns.admin.pages import client_of, text_of
from tests.factories import TemplateFactory
from tests.optimization.campaign_play import Play

pytestmark = pytest.mark.django_db


@pytest.fixture
def template():
    return TemplateFactory(name="Floors", status="published")


@pytest.fixture
def client(template):
    return client_of(template.tenant)


def page(client, template, **asked):
    answer = client.get(reverse("admin:optimiser_template", args=[template.pk]), asked)
    assert answer.status_code == 200
    return unescape(text_of(answer))


def listed(client):
    return unescape(text_of(client.get(reverse("admin:optimiser"))))


def test_a_template_that_learnt_shows_what_came_of_it(event_store, client, template):
    play = Play(template)
    play.round(2000)
    for _ in range(2):
        assert play.learn().state == "done"
        play.round(2000)
    text = page(client, template)
    assert "We are 95% sure that it does better" in text
