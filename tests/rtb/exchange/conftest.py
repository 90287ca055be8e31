"""A third party's bidder, for the tests of the exchange."""

from collections.abc import Iterator

import pytest

from tests.rtb.exchange.bidder import Bidder


@pytest.fixture
def bidder() -> Iterator[Bidder]:
    running = Bidder()
    yield running
    running.close()
