"""What the command line says."""

from argparse import ArgumentParser

import pytest

from rtb.exchange.plan import DEFAULT_SECONDS, add_arguments, plan_from

URL = "http://127.0.0.1:8000/rtb/bid/demo"


def plan(*words):
    parser = ArgumentParser()
    add_arguments(parser)
    return plan_from(vars(parser.parse_args(words)), bid_url=URL, rates={"USD": 1.0})


def test_it_runs_for_a_minute_against_the_demo():
    made = plan()
    assert (made.bid_url, made.duration, made.requests) == (URL, DEFAULT_SECONDS, None)
    assert (made.renders, made.plain_http) == (True, True)


def test_a_number_of_requests_has_no_duration_unless_both_are_given():
    assert (plan("--requests", "9").duration, plan("--requests", "9").requests) == (None, 9)
    assert plan("--requests", "9", "--duration", "2").duration == 2.0


def test_https_is_not_fetched_over_http_from_a_bidder_with_tls():
    assert not plan("https://bidder.example/bid").plain_http
    assert plan("https://bidder.example/bid", "--plain-http").plain_http
    assert not plan("--no-plain-http").plain_http


def test_shares_and_deals_are_taken():
    made = plan("--first-price-share", "0.2", "--ctr", "1", "--deal", "a", "--deal", "b")
    assert (made.mix.first_price_share, made.manners.ctr) == (0.2, 1.0)
    assert made.mix.deals == ("a", "b")


def test_without_a_seed_every_run_is_another():
    assert plan().seed != plan().seed
    assert plan("--seed", "0").seed == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--rate", "0"),
        ("--rate", "nan"),
        ("--duration", "-1"),
        ("--requests", "0"),
        ("--requests", "1.5"),
        ("--threads", "x"),
        ("--ctr", "1.1"),
        ("--twice", "nan"),
        ("ftp://bidder.example",),
        ("bidder",),
    ],
)
def test_nonsense_is_refused(words):
    with pytest.raises(SystemExit):
        plan(*words)
