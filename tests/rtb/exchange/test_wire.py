"""Connections to the bidder, and to nobody else."""

import pytest

from rtb.exchange.wire import Home, NotOurs, Unanswered, Wire


@pytest.fixture
def wire(bidder):
    made = Wire(Home(bidder.bid_url, plain_http=True))
    yield made
    made.close()


@pytest.mark.parametrize(
    "url",
    ["https://cdn.example/a.png", "ftp://127.0.0.1/x", "data:image/gif,x", "//127.0.0.1/x", ""],
)
def test_nobody_else_is_called(wire, url):
    with pytest.raises(NotOurs):
        wire.ask("GET", url, {})


def test_https_of_the_bidder_is_fetched_over_http_where_it_is_asked_for(wire, bidder):
    secure = bidder.url.replace("http:", "https:")
    assert wire.ask("GET", f"{secure}/pixel", {}).status == 204
    assert Home(bidder.bid_url).reached_at(f"{secure}/pixel")[0] == "https"


def test_answers_are_unpacked_and_redirects_are_not_followed(wire, bidder):
    assert b"adp-config" in wire.ask("GET", f"{bidder.url}/page", {}).body
    clicked = wire.ask("GET", f"{bidder.url}/click", {})
    assert (clicked.status, clicked.location) == (302, "https://shop.example")


def test_a_closed_connection_is_opened_again(wire, bidder):
    wire.ask("GET", f"{bidder.url}/pixel", {})
    for connection in wire._open.values():
        connection.sock.close()
    assert wire.ask("GET", f"{bidder.url}/pixel", {}).status == 204


def test_no_answer_is_said():
    wire = Wire(Home("http://127.0.0.1:9/bid"))
    with pytest.raises(Unanswered, match="GET /x"):
        wire.ask("GET", "http://127.0.0.1:9/x", {})
