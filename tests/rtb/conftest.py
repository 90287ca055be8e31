"""What the tests of the bidder share."""

import pytest

from tests.rtb.world import BidWorld, build_world


@pytest.fixture
def bidding(db, clean_redis, event_store) -> BidWorld:
    return build_world()
