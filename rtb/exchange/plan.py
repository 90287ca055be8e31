"""What a simulation was told on the command line."""

from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import SystemRandom
from typing import Any
from urllib.parse import urlsplit

from rtb.exchange.asked import Rates
from rtb.exchange.manners import Manners
from rtb.exchange.traffic import Mix
from rtb.exchange.wire import Home

DEFAULT_RATE = 50.0
DEFAULT_SECONDS = 60.0
DEFAULT_THREADS = 4
DRAIN_SECONDS = 10.0
MANNERS = ("twice", "late", "never", "audit", "ctr")


@dataclass(frozen=True, slots=True)
class Plan:
    """One simulation. Without a duration and a number of requests it runs until it is stopped."""

    bid_url: str
    rates: Rates
    rate: float = DEFAULT_RATE
    duration: float | None = None
    requests: int | None = None
    seed: int = 0
    threads: int = DEFAULT_THREADS
    renders: bool = True
    plain_http: bool = False
    drain_seconds: float = DRAIN_SECONDS
    mix: Mix = field(default_factory=Mix)
    manners: Manners = field(default_factory=Manners)

    @property
    def home(self) -> Home:
        return Home(self.bid_url, plain_http=self.plain_http)


def number(text: str) -> float:
    """A number above 0."""
    try:
        found = float(text)
    except ValueError as exc:
        raise ArgumentTypeError(f"{text!r} is not a number") from exc
    if not 0.0 < found < float("inf"):
        raise ArgumentTypeError(f"{text} is not above 0")
    return found


def share(text: str) -> float:
    """A number from 0 to 1."""
    try:
        found = float(text)
    except ValueError as exc:
        raise ArgumentTypeError(f"{text!r} is not a number") from exc
    if not 0.0 <= found <= 1.0:
        raise ArgumentTypeError(f"{text} is not between 0 and 1")
    return found


def whole(text: str) -> int:
    """A whole number above 0."""
    try:
        found = int(text)
    except ValueError as exc:
        raise ArgumentTypeError(f"{text!r} is not a whole number") from exc
    if found < 1:
        raise ArgumentTypeError(f"{text} is not above 0")
    return found


def http_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ArgumentTypeError(f"{text!r} is not an http address")
    return text


def add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("bid_url", nargs="?", type=http_url, help="default: rtb_bid_url of demo.json")
    add("--rate", type=number, default=DEFAULT_RATE, help="requests a second")
    add("--duration", type=number, metavar="SECONDS", help=f"default: {DEFAULT_SECONDS:.0f}")
    add("--requests", type=whole, metavar="N", help="stop after so many, in place of a duration")
    add("--seed", type=int, help="the same seed sends the same requests; default: a random one")
    add("--threads", type=whole, default=DEFAULT_THREADS, help="connections that call the bidder")
    add("--no-render", action="store_true", help="no visitors: markup is not loaded")
    add("--plain-http", action=BooleanOptionalAction, help="fetch the bidder's https over http")
    add("--deal", action="append", default=[], metavar="ID", help="a deal that the bidder knows")
    mix, manners = Mix(), Manners()
    add("--first-price-share", type=share, default=mix.first_price_share, help="of auctions")
    for name, text in {
        "twice": "wins whose notices come twice",
        "late": "wins that are billed after the hold has expired",
        "never": "wins without notices",
        "audit": "bids whose markup an ad-quality scanner renders",
        "ctr": "impressions that are clicked",
    }.items():
        add(f"--{name}", type=share, default=getattr(manners, name), help=f"share of {text}")
    add("--json", action="store_true", help="print the outcome as JSON")


def plan_from(given: Mapping[str, Any], *, bid_url: str, rates: Rates) -> Plan:
    """The plan of a parsed command line; `bid_url` where it names none."""
    url = given["bid_url"] or bid_url
    plain = given["plain_http"]
    duration = given["duration"] or (None if given["requests"] else DEFAULT_SECONDS)
    return Plan(
        bid_url=url,
        rates=rates,
        rate=given["rate"],
        duration=duration,
        requests=given["requests"],
        seed=given["seed"] if given["seed"] is not None else SystemRandom().getrandbits(32),
        threads=given["threads"],
        renders=not given["no_render"],
        plain_http=url.startswith("http:") if plain is None else plain,
        mix=Mix(first_price_share=given["first_price_share"], deals=tuple(given["deal"])),
        manners=replace(Manners(), **{name: given[name] for name in MANNERS}),
    )
