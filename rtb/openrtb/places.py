"""Where and on what a request's impressions are shown, in the platform's own words (pure)."""

import re
from functools import cache, lru_cache
from typing import Final
from urllib.parse import urlsplit

import pycountry

from campaigns.targeting.vocabulary import OPERATING_SYSTEMS, OTHER
from rtb.openrtb.request import BidRequest, Geo

DEVICE_TYPES: Final = {  # AdCOM device types; 1 is a phone or a tablet, which the user agent tells
    2: "desktop",
    3: "tv",
    4: "mobile",
    5: "tablet",
    6: "tv",
    7: "tv",
    8: OTHER,
}
PHONE_OR_TABLET: Final = 1
SUBDIVISION: Final = re.compile(r"(?:([A-Z]{2})-)?([A-Z0-9]{1,3})")
HOST: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
# Codes that exchanges write although ISO 3166-1 does not have them.
UNOFFICIAL: Final = {"UK": "GB", "EL": "GR", "XK": "XK", "XKX": "XK", "XKK": "XK"}


def domain(request: BidRequest) -> str:
    """The site's or screen's, in lower case without www; else the page's host; "" for an app."""
    if request.site is not None:
        return host(request.site.domain) or host(request.site.page)
    return host(request.dooh.domain) if request.dooh is not None else ""


def bundle(request: BidRequest) -> str:
    """The app's; "" for a site."""
    return request.app.bundle.strip() if request.app is not None else ""


def inventory(request: BidRequest) -> str:
    """What reports call the place: the domain or the bundle."""
    return domain(request) or bundle(request)


@lru_cache(maxsize=8_192)
def host(address: str) -> str:
    """The host of a domain or URL in lower case, without www and port; "" when it has none."""
    text = address.strip()
    try:
        found = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:  # such as an unclosed bracket
        return ""
    found = found.removesuffix(".").removeprefix("www.")
    return found if HOST.fullmatch(found) else ""


def country(request: BidRequest) -> str:
    """ISO 3166-1 alpha-2 in upper case, whichever code the exchange uses; "" when unknown."""
    geo = geo_of(request)
    return _alpha_2(geo.country) if geo is not None else ""


def region(request: BidRequest) -> str:
    """ISO 3166-2 such as US-CA, from CA or US-CA; "" when it is not of the request's country."""
    geo, within = geo_of(request), country(request)
    found = SUBDIVISION.fullmatch(geo.region.strip().upper()) if geo is not None else None
    if not found or not within or found[1] not in {None, within}:
        return ""
    return f"{within}-{found[2]}"


def geo_of(request: BidRequest) -> Geo | None:
    """Where the device is; else where its user lives."""
    of_device = request.device.geo if request.device is not None else None
    of_user = request.user.geo if request.user is not None else None
    return of_device if of_user is None or (of_device and of_device.country) else of_user


def device_type(request: BidRequest) -> str:
    """A word of the targeting vocabulary; "" when the user agent must tell."""
    device = request.device
    if device is None or device.devicetype is None:
        return ""
    if device.devicetype == PHONE_OR_TABLET:
        return "" if device.ua else "mobile"
    return DEVICE_TYPES.get(device.devicetype, "")


def os(request: BidRequest) -> str:
    """A word of the targeting vocabulary: iOS, ios and iPhone OS are ios; "" when unknown."""
    device = request.device
    if device is None:
        return ""
    named = _os(device.os) if device.os else ""
    if named or device.sua is None or device.sua.platform is None:
        return named
    return _os(device.sua.platform.brand)


@lru_cache(maxsize=1_024)
def _os(text: str) -> str:
    return OPERATING_SYSTEMS.canonical(text[:64]) or ""


@lru_cache(maxsize=1_024)
def _alpha_2(code: str) -> str:
    wanted = code.strip().upper()
    return UNOFFICIAL.get(wanted) or _countries().get(wanted, "")


@cache
def _countries() -> dict[str, str]:
    """Alpha-2 by alpha-2 and by alpha-3."""
    codes = [(str(each.alpha_2), str(each.alpha_3)) for each in pycountry.countries]
    return {alpha_2: alpha_2 for alpha_2, _ in codes} | {three: two for two, three in codes}
