"""The command: what it prints, and its exit status."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.rtb.exchange.bidder import Bidder


@pytest.fixture
def bidder():
    running = Bidder()
    yield running
    running.close()


def simulate(*words, out=None):
    given = ["--requests", "10", "--rate", "200", "--seed", "1", "--no-render", "--late", "0"]
    call_command("simulate_exchange", *words, *given, stdout=out or StringIO(), stderr=StringIO())


def test_it_prints_the_outcome(bidder):
    out = StringIO()
    simulate(bidder.bid_url, out=out)
    assert out.getvalue().startswith("10 requests in ")


def test_it_prints_json(bidder):
    out = StringIO()
    simulate(bidder.bid_url, "--json", out=out)
    assert json.loads(out.getvalue())["requests"] == 10


def test_a_fault_of_the_protocol_is_exit_status_1(bidder):
    bidder.spoil = lambda told: {**told, "id": "other"}
    out = StringIO()
    with pytest.raises(SystemExit) as stopped:
        simulate(bidder.bid_url, out=out)
    assert stopped.value.code == 1
    assert "x id_echoed: 'other' is not" in out.getvalue()


def test_the_demo_names_the_bidder(bidder, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with pytest.raises(CommandError, match="name a BID_URL"):
        simulate()
    (tmp_path / "demo.json").write_text(json.dumps({"rtb_bid_url": bidder.bid_url}))
    simulate()
    assert len(bidder.requests) == 10
