"""Which hits on the ad server count: an ordered list of rules over what is known of a hit; pure.

Nothing that breaks a rule is dropped. Its event is stored with every rule that it breaks and costs
and counts nothing. Where Redis did not answer, the rules that need it pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from events.types import INVALID_BITS, EventType, InvalidReason

CLOCK_SKEW_SECONDS: Final = 5  # by which the clocks of two of our machines may differ


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``hits`` of one source in ``seconds``."""

    hits: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Policy:
    """What operators may set; docs/invalid-traffic.md."""

    http_libraries: bool = False
    click_needs_impression: bool = True
    duplicate_click_seconds: int = 10
    min_click_ms: int = 100
    click_limits: tuple[Limit, ...] = ()
    impression_limits: tuple[Limit, ...] = ()

    def limits_of(self, kind: EventType) -> tuple[Limit, ...]:
        return self.click_limits if kind is EventType.CLICK else self.impression_limits


@dataclass(frozen=True, slots=True)
class Hit:
    """What one request and its token say; times are Unix seconds.

    ``served_at`` 0 is a link that was handed out without an ad around it, as in an e-mail.
    """

    kind: EventType
    at: float
    served_at: int
    source: str = ""  # whom rates are counted by; "" unless the address is public
    is_robot: bool = False
    is_library: bool = False
    is_prefetch: bool = False
    is_listed: bool = False
    is_expired: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What Redis knew when the hit came; the defaults are what is assumed without Redis.

    ``impression_age_ms`` is None while no impression of the token was seen. Impressions of tokens
    served before ``complete_from`` (Unix seconds) may have been missed. ``hits`` are those of the
    source, this one included, for each of the policy's limits. ``raised_caps``: this impression was
    not counted against its visitor's caps before.
    """

    impression_age_ms: int | None = None
    complete_from: float = float("inf")
    was_clicked: bool = False
    is_repeat: bool = False
    hits: tuple[int, ...] = ()
    raised_caps: bool = False


Rule = Callable[[Hit, Seen, Policy], bool]
NOTHING: Final = Seen()


def known_bot(hit: Hit, _: Seen, policy: Policy) -> bool:
    return hit.is_robot or (policy.http_libraries and hit.is_library)


def prefetch(hit: Hit, _: Seen, __: Policy) -> bool:
    return hit.is_prefetch


def listed_source(hit: Hit, _: Seen, __: Policy) -> bool:
    return hit.is_listed


def expired_token(hit: Hit, _: Seen, __: Policy) -> bool:
    return hit.is_expired


def replayed_token(hit: Hit, seen: Seen, _: Policy) -> bool:
    """Only a click that counted uses its token up."""
    return hit.kind is EventType.CLICK and seen.was_clicked


def impossible_time(hit: Hit, seen: Seen, policy: Policy) -> bool:
    """Before the ad was served; or sooner after its impression than a person can click."""
    if hit.at < hit.served_at - CLOCK_SKEW_SECONDS:
        return True
    if hit.kind is not EventType.CLICK or not hit.source or seen.impression_age_ms is None:
        return False
    return seen.impression_age_ms < policy.min_click_ms


def click_without_impression(hit: Hit, seen: Seen, policy: Policy) -> bool:
    """A click, or a viewable impression, of an ad that was never shown as far as we know."""
    if hit.kind is EventType.IMPRESSION or not policy.click_needs_impression:
        return False
    is_judged = hit.served_at >= max(seen.complete_from, 1)
    return is_judged and seen.impression_age_ms is None


def duplicate_click(hit: Hit, seen: Seen, _: Policy) -> bool:
    return hit.kind is EventType.CLICK and seen.is_repeat


def rate_limit(hit: Hit, seen: Seen, policy: Policy) -> bool:
    limits = policy.limits_of(hit.kind)
    return any(n > limit.hits for n, limit in zip(seen.hits, limits, strict=False))


RULES: Final[tuple[tuple[InvalidReason, Rule], ...]] = (  # in the order of precedence
    (InvalidReason.KNOWN_BOT, known_bot),
    (InvalidReason.PREFETCH, prefetch),
    (InvalidReason.LISTED_SOURCE, listed_source),
    (InvalidReason.EXPIRED_TOKEN, expired_token),
    (InvalidReason.REPLAYED_TOKEN, replayed_token),
    (InvalidReason.IMPOSSIBLE_TIME, impossible_time),
    (InvalidReason.CLICK_WITHOUT_IMPRESSION, click_without_impression),
    (InvalidReason.DUPLICATE_CLICK, duplicate_click),
    (InvalidReason.RATE_LIMIT, rate_limit),
)


def judge(hit: Hit, seen: Seen, policy: Policy) -> int:
    """The flags (``INVALID_BITS``) of every rule that the hit breaks; 0: it counts."""
    return sum(INVALID_BITS[reason] for reason, breaks in RULES if breaks(hit, seen, policy))
