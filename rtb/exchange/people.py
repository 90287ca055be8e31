"""Who looks at the page: ids, consent, and the privacy signals in both of their places (pure).

Measured on public samples (reference of the bidder, 1.2), the fields that moved in 2.6 are far more
often found at their 2.5 places; so they are here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from rtb.exchange.consent import tcf_string
from rtb.exchange.devices import Place
from rtb.exchange.shares import one_of

REGULARS: Final = 3_000
REGULAR_SHARE: Final = 0.4
BUYERUID_SHARE: Final = 0.35
EIDS_SHARE: Final = 0.2
CONSENT_SHARE: Final = 0.85  # of requests under GDPR
COPPA_SHARE: Final = 0.01
BROKEN_CHAIN_SHARE: Final = 0.05
US_OPT_OUT_SHARE: Final = 0.1
CONSENTED: Final = tcf_string(consented=True)
DECLINED: Final = tcf_string(consented=False)
US_OPTED_OUT, US_ALLOWED = "1YYN", "1YNN"


@dataclass(frozen=True, slots=True)
class Person:
    """A visitor and the signals that travel with their requests."""

    user: dict[str, object]
    regs: dict[str, object]
    ifa: str


@dataclass(slots=True)
class Signals:
    """Fields that stand at the top in 2.6 and in ``ext`` in 2.5."""

    is_26: bool
    values: dict[str, object] = field(default_factory=dict)
    ext: dict[str, object] = field(default_factory=dict)

    def put(self, name: str, value: object) -> None:
        (self.values if self.is_26 else self.ext)[name] = value

    def object(self, **more: object) -> dict[str, object]:
        """All of it as one object of the request."""
        return more | self.values | ({"ext": self.ext} if self.ext else {})


def person(rng: Random, place: Place, *, is_26: bool, has_ifa: bool) -> Person:
    """Somebody: regular visitors come again, most people only once."""
    number = rng.randrange(REGULARS) if rng.random() < REGULAR_SHARE else rng.getrandbits(48)
    user, regs = Signals(is_26), Signals(is_26)
    coppa = rng.random() < COPPA_SHARE
    if place.is_eea:
        regs.put("gdpr", 1)
        consented = rng.random() < CONSENT_SHARE
        user.put("consent", CONSENTED if consented else DECLINED)
    elif place.alpha2 == "US":
        regs.put("us_privacy", US_OPTED_OUT if rng.random() < US_OPT_OUT_SHARE else US_ALLOWED)
    if rng.random() < EIDS_SHARE and not coppa:
        user.put("eids", [{"source": "id.example", "uids": [{"id": f"e-{number:x}", "atype": 1}]}])
    ids: dict[str, object] = {} if coppa else {"id": f"x-{number:x}"}
    if rng.random() < BUYERUID_SHARE and not coppa:
        ids["buyeruid"] = f"b-{number:x}"
    return Person(
        user=user.object(**ids),
        regs=regs.object(**({"coppa": 1} if coppa else {})),
        ifa=_ifa(number) if has_ifa and not coppa else "",
    )


def _ifa(number: int) -> str:
    digits = f"{number * 0x9E3779B97F4A7C15 % 2**128:032x}"
    return "-".join(
        (digits[:8], digits[8:12], "4" + digits[13:16], "8" + digits[17:20], digits[20:])
    )


def source(
    rng: Random, transaction: str, seller: Mapping[str, str], *, is_26: bool
) -> dict[str, object]:
    """The request's source object: who sells, with a supply chain in half of the requests."""
    signals = Signals(is_26)
    hops = one_of(rng, {0: 45, 1: 40, 2: 12, 3: 3})
    if hops:
        nodes = [
            {"asi": f"reseller{n}.example", "sid": f"{n}-{seller['id']}", "hp": 1}
            for n in range(1, hops)
        ]
        nodes.insert(0, {"asi": "exchange.example", "sid": seller["id"], "hp": 1})
        complete = int(rng.random() >= BROKEN_CHAIN_SHARE)
        signals.put("schain", {"ver": "1.0", "complete": complete, "nodes": nodes})
    return signals.object(fd=0, tid=transaction)
