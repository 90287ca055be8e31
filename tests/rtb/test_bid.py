"""From a request to an answer, through every step on real engines."""

import pytest

from tests.rtb import requests, validator

KINDS = {
    "banner": requests.banner_request,
    "video": requests.video_request,
    "audio": requests.audio_request,
    "native": requests.native_request,
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_impression_gets_a_valid_bid(bidding, kind):
    request = KINDS[kind]()
    answer = bidding.ask(request)
    assert answer.status == 200
    assert validator.problems(request, answer.json()) == []
    (seat,) = answer.json()["seatbid"]
    assert [bid["impid"] for bid in seat["bid"]] == ["1"]
