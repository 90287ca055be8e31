"""Whatever valid request comes: a bid without a fault or none at all."""

from hypothesis import HealthCheck, given, seed, settings

from tests.rtb import requests
from tests.rtb.acceptance.rich import bids_of, problems, rich_world

SHARED = [HealthCheck.function_scoped_fixture]  # the world is only asked


def check(world, most):
    """The share of ``most`` generated requests that got a bid."""
    ids: list[str] = []
    bidding = []

    @seed(4)
    @settings(max_examples=most, database=None, suppress_health_check=SHARED)
    @given(request=requests.bid_requests())
    def every_answer_is_valid(request):
        answer = world.ask(request)
        assert answer.status in {200, 204}
        assert problems(request, answer) == []
        bids = bids_of(answer)
        bidding.append(bool(bids))
        ids.extend(bid["id"] for bid in bids)

    every_answer_is_valid()
    assert len(set(ids)) == len(ids)
    return sum(bidding) / len(bidding)


def test_every_answer_to_a_valid_request_is_valid(rich):
    share = check(rich, 300)
    assert share >= 0.3


def test_prices_are_right_in_an_account_of_another_currency(db, clean_redis, event_store):
    share = check(rich_world(currency="EUR"), 100)
    assert share >= 0.3
