"""The devices, places and networks that requests come from (pure).

Addresses are those reserved for documentation (RFC 5737, RFC 3849): nobody has them.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from rtb.exchange.shares import one_of

BLINK: Final = "AppleWebKit/537.36 (KHTML, like Gecko)"
SAFARI: Final = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6"
PHONE, TABLET, PC, CTV, CONNECTED, MOBILE = 4, 5, 2, 3, 6, 1  # AdCOM device types
WEB, APP, TV = "web", "app", "tv"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of device, with the spellings that exchanges use."""

    device_type: int
    make: str
    model: str
    os: str
    osv: str
    user_agent: str


def _windows(browser: str) -> str:
    return f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {BLINK} {browser}"


def _android(version: int, model: str, browser: str) -> str:
    return f"Mozilla/5.0 (Linux; Android {version}; {model}) {BLINK} {browser}"


CHROME: Final = "Chrome/142.0.0.0"
IPHONE: Final = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {SAFARI} Mobile/15E148"
IPAD: Final = f"Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) {SAFARI} Mobile/15E148"
MAC: Final = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Safari/605.1.15"
KINDS: Final[dict[str, dict[Kind, float]]] = {
    WEB: {
        Kind(PC, "", "", "Windows", "10.0", _windows(f"{CHROME} Safari/537.36")): 30,
        Kind(PC, "Apple", "Macintosh", "macOS", "10.15.7", MAC): 14,
        Kind(PHONE, "Apple", "iPhone", "iOS", "18.6", f"{IPHONE} Safari/604.1"): 24,
        Kind(
            PHONE,
            "Google",
            "Pixel 9",
            "Android",
            "15",
            _android(15, "Pixel 9", f"{CHROME} Mobile Safari/537.36"),
        ): 26,
        Kind(TABLET, "Apple", "iPad", "iPadOS", "18.6", f"{IPAD} Safari/604.1"): 6,
    },
    APP: {
        Kind(MOBILE, "Apple", "iPhone16,1", "iPhone OS", "18.6", IPHONE): 40,
        Kind(
            PHONE,
            "Samsung",
            "SM-S921W",
            "android",
            "14",
            _android(14, "SM-S921W", f"Version/4.0 {CHROME} Mobile Safari/537.36"),
        ): 50,
        Kind(TABLET, "Apple", "iPad14,3", "ios", "18.6", IPAD): 10,
    },
    TV: {
        Kind(CTV, "Roku", "Roku Ultra", "Roku OS", "14.0", "Roku/DVP-14.0 (14.0.0.4170)"): 40,
        Kind(
            CTV,
            "Amazon",
            "AFTKA",
            "Fire OS",
            "8.1",
            _android(9, "AFTKA", f"Version/4.0 {CHROME} Mobile Safari/537.36"),
        ): 35,
        Kind(
            CONNECTED,
            "LG",
            "OLED55C4",
            "webOS",
            "24",
            f"Mozilla/5.0 (Web0S; Linux/SmartTV) {BLINK} {CHROME} Safari/537.36 WebAppManager",
        ): 25,
    },
}


@dataclass(frozen=True, slots=True)
class Place:
    """A country in both spellings, with what goes with it."""

    alpha3: str
    alpha2: str
    region: str
    city: str
    languages: tuple[str, ...]
    utc_offset: int
    is_eea: bool = False


PLACES: Final[dict[Place, float]] = {
    Place("USA", "US", "NY", "New York", ("en",), -300): 34,
    Place("USA", "US", "CA", "Los Angeles", ("en", "es"), -480): 24,
    Place("CAN", "CA", "ON", "Toronto", ("en",), -300): 12,
    Place("CAN", "CA", "QC", "Montreal", ("fr", "en"), -300): 4,
    Place("GBR", "GB", "ENG", "London", ("en",), 0): 8,
    Place("DEU", "DE", "BE", "Berlin", ("de",), 60, is_eea=True): 6,
    Place("FRA", "FR", "IDF", "Paris", ("fr",), 60, is_eea=True): 5,
    Place("CHE", "CH", "ZH", "Zurich", ("de", "fr"), 60): 2,
    Place("JPN", "JP", "13", "Tokyo", ("ja",), 540): 3,
    Place("BRA", "BR", "SP", "Sao Paulo", ("pt",), -180): 2,
}
ALPHA2_SHARE: Final = 0.04  # exchanges that write US for USA
IPV6_SHARE: Final = 0.2
LMT_SHARE: Final = 0.12
GPS_SHARE: Final = 0.1
NETWORKS: Final = ("192.0.2", "198.51.100", "203.0.113")


def device(rng: Random, kind: Kind, place: Place, ifa: str) -> dict[str, object]:
    """The request's device object."""
    made: dict[str, object] = {
        "ua": kind.user_agent,
        "devicetype": kind.device_type,
        "os": kind.os,
        "osv": kind.osv,
        "js": 1,
        "language": rng.choice(place.languages),
        "connectiontype": one_of(rng, {2: 60, 6: 25, 7: 10, 0: 5}),
        "geo": _geo(rng, place),
        **_address(rng),
    }
    if kind.make:
        made |= {"make": kind.make, "model": kind.model}
    if rng.random() < LMT_SHARE:
        made["lmt"] = 1
        return made | ({"ifa": "00000000-0000-0000-0000-000000000000"} if ifa else {})
    return made | ({"ifa": ifa, "lmt": 0} if ifa else {})


def _geo(rng: Random, place: Place) -> dict[str, object]:
    country = place.alpha2 if rng.random() < ALPHA2_SHARE else place.alpha3
    made: dict[str, object] = {
        "country": country,
        "region": place.region,
        "city": place.city,
        "type": 2,
        "utcoffset": place.utc_offset,
    }
    if rng.random() < GPS_SHARE:
        made |= {
            "type": 1,
            "lat": round(rng.uniform(25, 60), 4),
            "lon": round(rng.uniform(0, 9), 4),
        }
    return made


def _address(rng: Random) -> dict[str, object]:
    if rng.random() < IPV6_SHARE:
        return {"ipv6": f"2001:db8:{rng.getrandbits(16):x}:{rng.getrandbits(16):x}::1"}
    return {"ip": f"{rng.choice(NETWORKS)}.{rng.randint(1, 254)}"}
