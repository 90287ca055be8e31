"""Every served combination says which batch it was drawn from, and how likely that was."""

from collections import Counter
from random import Random

import msgspec
import pytest

from adplatform.tokens import Purpose, sign
from adserving import refresh
from adserving.choose import pick_combination
from adserving.credentials import open_served
from campaigns.models import CreativeAsset
from optimization.models import Batch
from optimization.space import format_ad_id
from tests.adserving.conftest import FAR, KEYRING, config_of
from tests.factories import BatchFactory, CombinationRuleFactory, SegmentFactory
from tests.factories.optimization import LearningFactory

pytestmark = pytest.mark.django_db


def ad_ids(world, count):
    valid = refresh.current().templates[world.template.pk].space.valid()
    return [format_ad_id(next(valid)) for _ in range(count)]


def serve(world, weights, **fields) -> Batch:
    arms = [
        {"ad_id": ad_id, "weight": weight}
        for ad_id, weight in zip(ad_ids(world, len(weights)), weights, strict=True)
    ]
    batch = BatchFactory(template=world.template, arms=arms, is_active=True, **fields)
    world.reload()
    return batch


def impression(world, **grant):
    decided = world.call(world.decision_url(**grant)).json()
    world.call(decided["impression_url"])
    world.call(decided["click_url"])
    return world.accepted[-2:]


def test_without_a_batch_every_combination_is_as_likely(world):
    shown, clicked = impression(world)
    assert (shown.batch_id, shown.propensity) == (0, 1 / 16)
    assert (clicked.batch_id, clicked.propensity) == (0, 1 / 16)


def test_rules_make_what_is_left_more_likely(world):
    CombinationRuleFactory(template=world.template)
    world.reload()
    assert impression(world)[0].propensity == pytest.approx(1 / 12)


def test_an_arm_of_a_batch_has_its_share(world):
    batch = serve(world, [3, 1])
    shown, _ = impression(world)
    expected = {arm["ad_id"]: arm["weight"] / 4 for arm in batch.arms}
    assert (shown.batch_id, shown.propensity) == (batch.pk, expected[shown.ad_id])


def test_shares_are_of_what_is_left_of_the_batch(world):
    batch = serve(world, [3, 1, 4])
    LearningFactory(template=world.template, banned=[batch.arms[2]["ad_id"]])
    world.reload()
    seen = {impression(world)[0].propensity for _ in range(20)}
    assert seen == {0.75, 0.25}


def test_a_segment_without_a_batch_logs_everyones(world):
    batch = serve(world, [1])
    segment = SegmentFactory(tenant=world.tenant)
    assert impression(world, segment_id=segment.pk)[0].batch_id == batch.pk


def test_a_page_without_a_decision_says_what_it_drew(world):
    batch = serve(world, [3, 1])
    config = config_of(world.call(world.template_url()).body)
    world.call(config["fallback"]["impression_url"])
    shown = world.accepted[-1]
    assert shown.batch_id == batch.pk
    assert shown.propensity in {0.75, 0.25}


def test_an_ad_that_an_auction_sold_says_it_too(world):
    batch = serve(world, [3, 1])
    config = config_of(world.call(world.template_url(auction_id="a" * 24)).body)
    decided = world.call(config["decision_url"]).json()
    world.call(decided["impression_url"])
    shown = world.accepted[-1]
    assert (shown.auction_id, shown.batch_id) == ("a" * 24, batch.pk)
    assert shown.propensity in {0.75, 0.25}


def test_what_is_drawn_is_as_frequent_as_its_propensity_says(world):
    serve(world, [5, 3, 2])
    template, rng = refresh.current().templates[world.template.pk], Random(3)
    drawn = Counter(filter(None, (pick_combination(template, 0, rng) for _ in range(4000))))
    assert all(abs(count / 4000 - arm.propensity) < 0.04 for arm, count in drawn.items())


@pytest.mark.parametrize("with_batch", [True, False])
def test_a_banned_value_is_served_by_nothing(world, with_batch):
    if with_batch:
        serve(world, [1, 1])
    template = refresh.current().templates[world.template.pk]
    banned = template.space.assets[3][0]
    assert not with_batch or all(d.combination[3] for d in template.batches[0].drawn)
    LearningFactory(template=world.template, banned_assets=[banned])
    world.reload()
    assert all(str(banned) not in impression(world)[0].ad_id.split("-") for _ in range(20))


def test_a_batch_of_which_all_is_banned_leaves_a_uniform_draw_of_the_rest(world):
    batch = serve(world, [1])
    LearningFactory(template=world.template, banned=[batch.arms[0]["ad_id"]])
    world.reload()
    shown, _ = impression(world)
    assert (shown.batch_id, shown.propensity) == (0, pytest.approx(1 / 15))
    assert shown.ad_id != batch.arms[0]["ad_id"]


def test_where_everything_is_banned_nothing_serves(world):
    ids = CreativeAsset.across_tenants.filter(component__template=world.template)
    LearningFactory(template=world.template, banned_assets=list(ids.values_list("pk", flat=True)))
    world.reload()
    assert world.call(world.decision_url()).json()["reason"] == "no_combination"


def test_a_token_of_an_older_release_is_still_read():
    old = [1, 2, b"twelve bytes", 3, 4, 5, 6, 7, 8, "1-2", "", 9, "user", "session", False]
    token = sign(Purpose.EVENT, msgspec.msgpack.encode(old), expires_at=FAR, keyring=KEYRING)
    served = open_served(token, now=0, keyring=KEYRING).served
    assert (served.ad_id, served.batch_id, served.propensity) == ("1-2", 0, 0.0)
