"""What a response looks like on the wire."""

import json

from rtb.openrtb.response import Bid, BidResponse, SeatBid, encode


def test_only_what_differs_from_its_default_is_written():
    bid = Bid(id="b", impid="1", price=1.25, crid="7", adomain=("shop.example",), mtype=1)
    response = BidResponse(id="r", seatbid=(SeatBid(bid=(bid,), seat="s"),), cur="USD")
    assert json.loads(encode(response)) == {
        "id": "r",
        "seatbid": [
            {
                "bid": [
                    {
                        "id": "b",
                        "impid": "1",
                        "price": 1.25,
                        "adomain": ["shop.example"],
                        "crid": "7",
                        "mtype": 1,
                    }
                ],
                "seat": "s",
            }
        ],
        "cur": "USD",
    }


def test_prices_are_written_in_full():
    bid = Bid(id="b", impid="1", price=0.000001)
    response = BidResponse(id="r", seatbid=(SeatBid(bid=(bid,)),), cur="USD")
    assert json.loads(encode(response))["seatbid"][0]["bid"][0]["price"] == 0.000001
