"""The exchange on which the demo advertises: bid requests at a modest rate beside the visitors."""

import json
from collections.abc import Callable
from random import SystemRandom
from time import monotonic
from uuid import uuid4

from django.conf import settings

from adplatform.demo.browser import Browser
from adplatform.demo.exchanges import DEAL_ID
from adplatform.demo.file import Demo
from rtb.exchange.manners import Manners
from rtb.exchange.plan import Plan
from rtb.exchange.run import Exchange
from rtb.exchange.summary import Run, summarise
from rtb.exchange.traffic import Mix
from rtb.exchange.words import lines

REQUESTS_A_SECOND = 10.0
OK = 200
BANNER = {"id": "1", "banner": {"w": 300, "h": 250}}
THREADS = 2
DRAIN_SECONDS = 3.0  # wins are shown and billed within 1.3 seconds


def exchange_of(demo: Demo) -> Exchange:
    """Not started. What it counts belongs to no placement, and so is not the visitors'."""
    rates = {currency: float(units) for currency, units in settings.EXCHANGE_RATES.items()}
    plan = Plan(
        bid_url=demo.rtb_bid_url,
        rates=rates,
        rate=REQUESTS_A_SECOND,
        seed=SystemRandom().getrandbits(32),
        threads=THREADS,
        plain_http=True,
        drain_seconds=DRAIN_SECONDS,
        mix=Mix(deals=(DEAL_ID,)),
        manners=Manners(late=0.0),
    )
    return Exchange(plan)


def is_bidding(demo: Demo) -> bool:
    """Whether the process that answers bids: its budgets are known. Nobody wins this bid.

    Raises:
        Unanswered: no process answered.
    """
    asked = {"id": uuid4().hex, "imp": [BANNER], "site": {"domain": "start.example"}}
    browser = Browser(demo.base_url)
    try:
        headers = {"Content-Type": "application/json"}
        return (
            browser.ask("POST", demo.rtb_bid_url, headers, json.dumps(asked).encode()).status == OK
        )
    finally:
        browser.close()


def say_outcome(say: Callable[[str], None], exchange: Exchange, began: float) -> None:
    """How the advertiser fared; ``began`` is of the monotonic clock."""
    run = Run(exchange.plan.seed, monotonic() - began, exchange.left_undone)
    for line in lines(summarise(exchange.ledger, run)):
        say(line)
