"""The sites and apps that sell: names, categories, addresses, content (pure)."""

from dataclasses import dataclass
from random import Random
from typing import Final

from rtb.exchange.devices import APP, TV, WEB
from rtb.exchange.shares import one_of


@dataclass(frozen=True, slots=True)
class Seller:
    """A publisher with a site, or an app (``bundle``)."""

    id: str
    name: str
    domain: str
    categories: tuple[str, ...]
    paths: tuple[str, ...]
    bundle: str = ""


SITES: Final[dict[Seller, float]] = {
    Seller("p-101", "Morning Ledger", "news.example", ("IAB12",), ("/world", "/city"), ""): 30,
    Seller("p-102", "Room by Room", "interiors.example", ("IAB10",), ("/sofas", "/rugs")): 22,
    Seller("p-103", "Weeknight", "recipes.example", ("IAB8",), ("/soups", "/bread")): 18,
    Seller("p-104", "Extra Time", "football.example", ("IAB17",), ("/scores", "/transfers")): 18,
    Seller("p-105", "Two Seats", "travel.example", ("IAB20",), ("/lisbon", "/trains")): 12,
}
APPS: Final[dict[Seller, float]] = {
    Seller("p-201", "Cloudburst", "", ("IAB15",), (), "com.example.weather"): 40,
    Seller("p-202", "Word Garden", "", ("IAB9",), (), "com.example.words"): 35,
    Seller("p-203", "Measure Up", "", ("IAB10",), (), "1234567890"): 25,
}
CHANNELS: Final[dict[Seller, float]] = {
    Seller("p-301", "Hearth TV", "", ("IAB1",), (), "B07EXAMPLE"): 60,
    Seller("p-302", "Late Film", "", ("IAB1",), (), "com.example.film"): 40,
}
BY_SCREEN: Final = {WEB: SITES, APP: APPS, TV: CHANNELS}


def seller(rng: Random, screen: str) -> Seller:
    return one_of(rng, BY_SCREEN[screen])


def channel(
    rng: Random, chosen: Seller, screen: str, language: str
) -> tuple[str, dict[str, object]]:
    """The name ("site" or "app") and the object of where the ad is to appear."""
    publisher = {"id": chosen.id, "name": chosen.name}
    made: dict[str, object] = {
        "id": f"{chosen.id}-{screen}",
        "name": chosen.name,
        "cat": list(chosen.categories),
        "publisher": publisher,
    }
    if screen == WEB:
        page = f"https://{chosen.domain}{rng.choice(chosen.paths)}/{rng.randrange(10_000)}"
        made |= {"domain": chosen.domain, "page": page, "mobile": 1}
        made["content"] = {
            "language": language,
            "keywords": ",".join(chosen.paths).replace("/", ""),
        }
        return "site", made
    made |= {"bundle": chosen.bundle, "ver": f"{rng.randint(1, 9)}.{rng.randint(0, 20)}"}
    if screen == TV:
        made["content"] = {"title": "Episode", "len": 1_500, "livestream": 0, "language": language}
    return "app", made
