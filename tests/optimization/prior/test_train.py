"""An account's content prior: from its own templates, every night, and never from another's."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from adplatform.clients import objects
from optimization import tasks
from optimization.bench.headlines.recorded import load as recorded
from optimization.embeddings.encoder import text_encoder
from optimization.embeddings.rows import load
from optimization.models import RunTrigger
from optimization.prior import keep
from optimization.prior.expect import expected
from optimization.prior.ridge import Experiment, learn
from optimization.prior.train import experiments, train
from optimization.retrain import Ask, retrain
from tests.factories.campaigns import CampaignFactory
from tests.factories.templates import TemplateFactory
from tests.factories.tenants import TenantFactory
from tests.optimization.prior.test_ridge import experiments as made_up
from tests.optimization.traffic import NOW, ad_ids_of, show

HEADLINES = Path("/work/shared/data/upworthy_development.parquet")
SUBJECTS = ("oak floors", "sofas", "a kitchen", "lamps", "curtains", "beds", "tiles")
GOOD, DULL = "Save 20 % on {} today, free returns", "Information about {} of the company"


@pytest.fixture(autouse=True)
def object_store(settings, tmp_path):
    settings.OBJECT_STORE_URL = f"file://{tmp_path / 'objects'}"
    return objects


def template_of(tenant, number, clicks=(40, 10)):
    """A template whose first headline makes an offer; ``clicks`` of 1,000 impressions each."""
    subject = f"{SUBJECTS[number % 7]} no {number}"
    template = TemplateFactory.create(
        campaign=CampaignFactory.create(tenant=tenant),
        status="published",
        components={"headline": ("text", [GOOD.format(subject), DULL.format(subject)])},
    )
    if clicks:
        for ad_id, clicked in zip(ad_ids_of(template), clicks, strict=True):
            show(template, ad_id, 1000, clicked)
    return template


def loaded(template):
    return load(template.pk, [[int(ad_id) for ad_id in ad_ids_of(template)]])


@pytest.mark.django_db
@pytest.mark.usefixtures("event_store")
def test_words_that_did_well_are_expected_to_do_well_and_only_in_their_account():
    tenant, other = TenantFactory.create(), TenantFactory.create()
    for number in range(26):
        template_of(tenant, number)
    fresh, foreign = template_of(tenant, 99, clicks=None), template_of(other, 98)
    prior = train(tenant.pk, NOW)
    assert prior is not None
    assert len(prior.template_ids) == 26
    (found,) = expected(fresh, loaded(fresh))
    assert found is not None
    assert found[0] - found[1] > 0.2
    inputs = retrain(Ask(fresh.pk, RunTrigger.MANUAL)).inputs
    assert (inputs["components_embedded"], inputs["components_with_content_prior"]) == (1, 1)
    assert train(other.pk, NOW) is None
    assert expected(foreign, loaded(foreign)) == (None,)


@pytest.mark.django_db
@pytest.mark.usefixtures("event_store")
def test_templates_without_clicks_are_not_learnt_from():
    tenant = TenantFactory.create()
    template_of(tenant, 1, clicks=(5, 5))
    template_of(tenant, 2, clicks=None)
    known = template_of(tenant, 3)
    found = list(experiments(tenant.pk, NOW + timedelta(minutes=1)))
    assert [each.template_id for each in found] == [known.pk]


@pytest.mark.django_db
@pytest.mark.usefixtures("event_store")
def test_yesterday_s_prior_goes_when_there_is_too_little_to_learn_from(object_store):
    tenant = TenantFactory.create()
    revision = text_encoder().model.revision
    keep.write(tenant.pk, revision, learn(made_up(30)[0]), NOW)
    tasks.train_prior(tenant.pk)
    assert object_store.list_keys() == []


@pytest.mark.django_db
def test_without_a_model_nobody_has_a_prior(settings):
    settings.EMBEDDING_MODEL = "/nowhere"
    tenant = TenantFactory.create()
    assert train(tenant.pk, NOW) is None
    assert expected(template_of(tenant, 1, clicks=None), (np.eye(2),)) == (None,)


@pytest.mark.django_db
@pytest.mark.parametrize("store", ["", "file:///proc/nowhere"])
def test_learning_goes_on_without_an_object_store(settings, store):
    settings.OBJECT_STORE_URL = store
    template = template_of(TenantFactory.create(), 1, clicks=None)
    assert expected(template, (np.eye(2),)) == (None,)


def test_what_is_kept_is_read():
    prior = learn(made_up(30)[0])
    keep.write(7, "mini-1", prior, NOW)
    found = keep.read(7, "mini-1")
    assert found is not None
    assert np.array_equal(found.weights, prior.weights)
    assert (found.slope, found.penalty, found.values) == (prior.slope, prior.penalty, prior.values)
    assert np.array_equal(found.folds, prior.folds)
    assert keep.read(8, "mini-1") is None


@pytest.mark.parametrize("content", [b"", b"damaged", b"PK\x03\x04 half a zip"])
def test_a_damaged_prior_counts_as_none(object_store, content):
    object_store.put(keep.key(7, "mini-1"), content)
    assert keep.read(7, "mini-1") is None


@pytest.mark.skipif(not HEADLINES.exists(), reason="the headline tests are not on this machine")
def test_headlines_say_something_of_headlines_nobody_has_seen():
    """0.105 on all 913 tests (docs/optimiser.md); a part of them is quicker."""
    found = recorded(HEADLINES)
    some = range(0, len(found.texts), 8)
    texts = sorted({text for test in some for text in found.texts[test]})
    rows = dict(zip(texts, text_encoder().encode(texts).astype(float), strict=True))
    prior = learn([_experiment(found, test, rows) for test in some])
    assert prior.r2 > 0.02


def _experiment(found, test, rows):
    texts = found.texts[test]
    shown, clicked = (each[test, : len(texts)] for each in (found.impressions, found.clicks))
    effects = np.log((clicked + 0.5) / (shown - clicked + 0.5))
    vectors = np.array([rows[text] for text in texts])
    return Experiment(test, vectors, effects, 1 / (clicked + 0.5) + 0.11**2)
