"""Endless valid OpenRTB 2.5 and 2.6 requests of all kinds, the same for the same seed (pure)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from rtb.exchange import slots
from rtb.exchange.asked import USD, Asked, Rates, read
from rtb.exchange.devices import APP, KINDS, PLACES, TV, WEB, Place, device
from rtb.exchange.inventory import channel, seller
from rtb.exchange.market import floor_cents, landscape
from rtb.exchange.people import person, source
from rtb.exchange.shares import one_of, some_of

SCREENS: Final = {WEB: 58.0, APP: 34.0, TV: 8.0}
FORMATS: Final[Mapping[str, Mapping[str, float]]] = {
    WEB: {"banner": 70, "video": 15, "native": 15},
    APP: {"banner": 56, "native": 22, "video": 14, "audio": 8},
    TV: {"video": 100},
}
CURRENCIES: Final = {USD: 92.0, "EUR": 4.0, "JPY": 1.5, "CHF": 1.5, "RUB": 1.0}
IMPS: Final = {1: 90.0, 2: 7.0, 3: 3.0}
BOTH_FORMATS_SHARE: Final = 0.04  # banners that could be a video too
USD_FLOOR_SHARE: Final = 0.15  # of requests in another currency
DEALS_SHARE: Final = 0.1
PRIVATE_SHARE: Final = 0.2  # of those with deals
OUR_DEAL_SHARE: Final = 0.7  # of those with deals, when there are any that the bidder knows
NO_TMAX_SHARE: Final = 0.05
STATED_AT_SHARE: Final = 0.8  # of second-price requests: absent means second price
TMAX: Final = {100: 30.0, 120: 30.0, 150: 15.0, 200: 10.0, 250: 10.0, 300: 5.0}
BLOCKED_CATEGORIES: Final = {"IAB25": 0.5, "IAB26": 0.5, "IAB7-39": 0.3, "IAB23": 0.1, "IAB14": 0.1}
BLOCKED_ADVERTISERS: Final = {"casino.example": 0.2, "loans.example": 0.2, "rival.example": 0.05}


@dataclass(frozen=True, slots=True)
class Mix:
    """What of everything; shares of 1."""

    first_price_share: float = 0.7
    secure_share: float = 0.7
    gzip_share: float = 0.3
    is_26_share: float = 0.25
    test_share: float = 0.01
    currencies: Mapping[str, float] = field(default_factory=lambda: dict(CURRENCIES))
    tmax: Mapping[int, float] = field(default_factory=lambda: dict(TMAX))  # milliseconds
    deals: tuple[str, ...] = ()  # ids that the bidder knows


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it is sent, and what the exchange remembers of it."""

    body: bytes  # JSON
    version: str
    is_gzipped: bool
    asked: Asked
    user_agent: str
    address: str
    language: str


@dataclass(slots=True)
class Traffic:
    """Draws requests; not for several threads."""

    rng: Random
    rates: Rates
    mix: Mix = field(default_factory=Mix)

    def next(self, hour: int) -> Call:
        """A request at an hour of the day (UTC)."""
        rng, is_26 = self.rng, self.rng.random() < self.mix.is_26_share
        screen, place = one_of(rng, SCREENS), one_of(rng, PLACES)
        somebody = person(rng, place, is_26=is_26, has_ifa=screen != WEB)
        kind, chosen = one_of(rng, KINDS[screen]), seller(rng, screen)
        language = rng.choice(place.languages)
        where, inventory = channel(rng, chosen, screen, language)
        machine = device(rng, kind, place, somebody.ifa)
        request_id = f"{rng.getrandbits(128):032x}"
        request: dict[str, object] = {
            "id": request_id,
            "imp": self._imps(screen, hour, currency := self._currency(), is_26=is_26),
            where: inventory,
            "device": machine,
            "user": somebody.user,
            "source": source(rng, request_id[:16], {"id": chosen.id}, is_26=is_26),
            **self._terms(currency, place),
        }
        if somebody.regs:
            request["regs"] = somebody.regs
        body = json.dumps(request, separators=(",", ":")).encode()
        return Call(
            body=body,
            version="2.6" if is_26 else "2.5",
            is_gzipped=rng.random() < self.mix.gzip_share,
            asked=read(body),
            user_agent=kind.user_agent,
            address=str(machine.get("ip") or machine["ipv6"]),
            language=language,
        )

    def _currency(self) -> str:
        return one_of(self.rng, {k: v for k, v in self.mix.currencies.items() if k in self.rates})

    def _terms(self, currency: str, place: Place) -> dict[str, object]:
        """Everything about the auction as a whole; what is at its default is often left out."""
        rng = self.rng
        terms: dict[str, object] = {}
        if rng.random() < self.mix.first_price_share:
            terms["at"] = 1
        elif rng.random() < STATED_AT_SHARE:
            terms["at"] = 2
        if rng.random() >= NO_TMAX_SHARE:
            terms["tmax"] = one_of(rng, self.mix.tmax)
        if currency != USD or rng.random() < 0.5:  # noqa: PLR2004 - absent means USD
            terms["cur"] = [currency]
        if rng.random() < self.mix.test_share:
            terms["test"] = 1
        blocked = {"bcat": BLOCKED_CATEGORIES, "badv": BLOCKED_ADVERTISERS}
        terms |= {name: found for name, each in blocked.items() if (found := some_of(rng, each))}
        if place.languages[0] != "en" and rng.random() < 0.1:  # noqa: PLR2004
            terms["wlang"] = [*place.languages, "en"]
        return terms

    # --- Impressions

    def _imps(
        self, screen: str, hour: int, currency: str, *, is_26: bool
    ) -> list[dict[str, object]]:
        count = one_of(self.rng, IMPS) if screen != TV else 1
        return [self._imp(str(n + 1), screen, hour, currency, is_26=is_26) for n in range(count)]

    def _imp(
        self, imp_id: str, screen: str, hour: int, currency: str, *, is_26: bool
    ) -> dict[str, object]:
        rng, kind = self.rng, one_of(self.rng, FORMATS[screen])
        size = one_of(rng, slots.SIZES) if kind == "banner" else (0, 0)
        cents = floor_cents(landscape(kind, size, hour, is_app=screen == APP), rng)
        made: dict[str, object] = {
            "id": imp_id,
            "tagid": f"slot-{rng.randrange(50)}",
            **self._offered(kind, size, screen, is_26=is_26),
            **self._floor(cents, currency),
        }
        if rng.random() < self.mix.secure_share:
            made["secure"] = 1
        if rng.random() < DEALS_SHARE:
            made["pmp"] = self._pmp(cents, currency)
        return made

    def _offered(
        self, kind: str, size: tuple[int, int], screen: str, *, is_26: bool
    ) -> dict[str, object]:
        if kind == "banner":
            offered: dict[str, object] = {"banner": slots.banner(self.rng, size)}
            if self.rng.random() < BOTH_FORMATS_SHARE:
                offered["video"] = slots.video(self.rng, screen, is_26=is_26)
            return offered
        if kind == "video":
            return {"video": slots.video(self.rng, screen, is_26=is_26)}
        return {kind: slots.audio(self.rng) if kind == "audio" else slots.native(self.rng)}

    def _floor(self, cents: float, currency: str) -> dict[str, object]:
        if not cents:
            return {}
        if currency != USD and self.rng.random() < USD_FLOOR_SHARE:
            currency = USD
        return {"bidfloor": self._amount(cents, currency), "bidfloorcur": currency}

    def _amount(self, cents: float, currency: str) -> float:
        return round(cents / 100 * self.rates[currency], 2)

    def _pmp(self, cents: float, currency: str) -> dict[str, object]:
        rng = self.rng
        known = self.mix.deals and rng.random() < OUR_DEAL_SHARE
        named = rng.choice(self.mix.deals) if known else f"deal-{rng.randrange(10_000)}"
        deal: dict[str, object] = {
            "id": named,
            "bidfloor": self._amount(max(cents, 50.0) * 1.2, currency),
            "bidfloorcur": currency,
            "at": one_of(rng, {1: 60, 3: 30, 2: 10}),
        }
        return {"private_auction": int(rng.random() < PRIVATE_SHARE), "deals": [deal]}
