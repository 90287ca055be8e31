"""Who visits: rooms, devices and countries that go together (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final, TypeVar

Option = TypeVar("Option")

REGULARS: Final = 400
REGULAR_SHARE: Final = 0.25

ROOMS: Final = {"living_room": 42, "bedroom": 27, "office": 9, "kitchen": 12, "dining_room": 10}
COUNTRIES: Final = {"CA": 70, "US": 24, "GB": 6}
LANGUAGES: Final = {"CA": ("en-CA,en;q=0.9", "fr-CA,fr;q=0.9,en;q=0.6"), "US": ("en-US,en;q=0.9",)}
BLINK: Final = "AppleWebKit/537.36 (KHTML, like Gecko)"
SAFARI: Final = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6"
DESKTOP: Final = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {BLINK} Chrome/142.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {BLINK} Chrome/142.0.0.0 Safari/537.36 Edg/142.0",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
)
PHONE: Final = (
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {SAFARI} Mobile/15E148 Safari/604.1",
    f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {BLINK} Chrome/142.0.0.0 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 14; SM-S921W) {BLINK} SamsungBrowser/28.0 Mobile Safari/537.36",
)
TABLET: Final = (
    f"Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) {SAFARI} Mobile/15E148 Safari/604.1",
)
DEVICES: Final[Mapping[tuple[str, ...], int]] = {DESKTOP: 52, PHONE: 40, TABLET: 8}


@dataclass(frozen=True, slots=True)
class Person:
    """One visitor of one room."""

    user_id: str
    session_id: str
    user_agent: str
    language: str
    context: dict[str, object]

    @property
    def headers(self) -> dict[str, str]:
        return {"User-Agent": self.user_agent, "Accept-Language": self.language}


def somebody(rng: Random) -> Person:
    """A visitor as they come: most are new, some come every day and meet frequency caps."""
    is_regular = rng.random() < REGULAR_SHARE
    number = rng.randrange(REGULARS) if is_regular else rng.getrandbits(48)
    room = _weighted(rng, ROOMS)
    country = _weighted(rng, COUNTRIES)
    context: dict[str, object] = {"room_type": room, "country": country}
    if is_regular:
        context["visit"] = "returning"
    devices: tuple[str, ...] = _weighted(rng, DEVICES)
    return Person(
        user_id=f"u-{number}",
        session_id=f"s-{rng.getrandbits(40):x}",
        user_agent=rng.choice(devices),
        language=rng.choice(LANGUAGES.get(country, ("en-GB,en;q=0.9",))),
        context=context,
    )


def _weighted(rng: Random, options: Mapping[Option, int]) -> Option:
    return rng.choices(list(options), list(options.values()))[0]
