"""The impressions that are offered: banner, video, audio and native objects (pure).

Order of the shares: the formats most often offered (reference of the bidder, section 3 "Seeding").
"""

import json
from random import Random
from typing import Final

from rtb.exchange.devices import TV
from rtb.exchange.shares import listed, one_of, some_of

SIZES: Final[dict[tuple[int, int], float]] = {
    (300, 250): 34,
    (300, 600): 16,
    (320, 50): 15,
    (728, 90): 13,
    (320, 250): 9,
    (160, 600): 8,
    (320, 480): 5,
}
PARTNERS: Final = {(300, 600): (300, 250), (728, 90): (320, 50), (320, 250): (300, 250)}
MIMES: Final = ["image/jpeg", "image/png", "image/gif", "text/html"]
# VAST 2, its wrapper, 3, its wrapper, 4, its wrapper
PROTOCOLS: Final[dict[tuple[int, ...], float]] = {
    (2, 5, 3, 6): 40,
    (2, 3, 5, 6, 7, 8): 35,
    (2, 5): 10,
    (3, 6, 7, 8): 15,
}
BANNER_ATTRIBUTES: Final[dict[int, float]] = {1: 0.3, 6: 0.2, 8: 0.5, 9: 0.3, 10: 0.3, 14: 0.3}
BLOCKED_TYPES: Final[dict[tuple[int, ...], float]] = {(): 85, (1,): 12, (4,): 3}  # 4: iframe
SKIP_SHARE: Final = 0.4
WEBM_SHARE: Final = 0.6
NATIVE_ASSETS: Final = (
    {"id": 1, "required": 1, "title": {"len": 90}},
    {"id": 2, "required": 1, "img": {"type": 3, "wmin": 300, "hmin": 157}},
    {"id": 3, "required": 0, "data": {"type": 2, "len": 140}},
    {"id": 4, "required": 0, "img": {"type": 1, "wmin": 50, "hmin": 50}},
    {"id": 5, "required": 0, "data": {"type": 1, "len": 25}},
    {"id": 6, "required": 0, "data": {"type": 12, "len": 15}},
)
NATIVE_OBJECT, NATIVE_STRING, NATIVE_WRAPPED = "object", "string", "wrapped"
NATIVE_FORMS: Final = {NATIVE_STRING: 60, NATIVE_WRAPPED: 20, NATIVE_OBJECT: 20}
PARTNER_SHARE: Final = 0.4
BOTH_PLACES_SHARE: Final = 0.5  # of banners: w and h stand beside the list of formats


def banner(rng: Random, size: tuple[int, int]) -> dict[str, object]:
    """A banner of ``size``, sometimes of another size too."""
    sizes = [size]
    if size in PARTNERS and rng.random() < PARTNER_SHARE:
        sizes.append(PARTNERS[size])
    made: dict[str, object] = {
        "format": [{"w": w, "h": h} for w, h in sizes],
        "pos": one_of(rng, {1: 45, 0: 25, 3: 20, 7: 5, 5: 5}),
        "battr": some_of(rng, BANNER_ATTRIBUTES),
        "mimes": MIMES,
    }
    if rng.random() < BOTH_PLACES_SHARE:
        made |= {"w": size[0], "h": size[1]}
    return made | listed("btype", one_of(rng, BLOCKED_TYPES)) | _apis(rng, (5, 6))


def video(rng: Random, screen: str, *, is_26: bool) -> dict[str, object]:
    width, height = (1920, 1080) if screen == TV else one_of(rng, {(640, 360): 70, (1280, 720): 30})
    placement = one_of(rng, {1: 60, 2: 25, 3: 15})
    skip = int(screen != TV and rng.random() < SKIP_SHARE)
    made: dict[str, object] = {
        "mimes": ["video/mp4", *(["video/webm"] if rng.random() < WEBM_SHARE else [])],
        "minduration": one_of(rng, {5: 70, 1: 20, 10: 10}),
        "maxduration": one_of(rng, {30: 60, 60: 25, 15: 15}),
        "protocols": [*one_of(rng, PROTOCOLS)],
        "w": width,
        "h": height,
        "startdelay": one_of(rng, {0: 70, -1: 15, 15: 10, -2: 5}),
        "linearity": 1,
        "skip": skip,
        "playbackmethod": [one_of(rng, {1: 40, 2: 40, 6: 20})],
        "delivery": [2],
        "battr": some_of(rng, {8: 0.4, 9: 0.3, 13: 0.2}),
        "placement": placement,
    }
    if skip:
        made |= {"skipmin": 15, "skipafter": 5}
    return made | ({"plcmt": placement} if is_26 else {}) | _apis(rng, (2, 7))


def audio(rng: Random) -> dict[str, object]:
    return {
        "mimes": ["audio/mpeg", "audio/mp4"],
        "minduration": 5,
        "maxduration": one_of(rng, {30: 70, 60: 30}),
        "protocols": [2, 3, 5, 6, 7, 8, 9, 10],
        "startdelay": 0,
        "feed": one_of(rng, {3: 60, 1: 40}),
        "maxbitrate": 320,
    }


def native(rng: Random) -> dict[str, object]:
    """In one of the three forms that exchanges use: string, wrapped string (1.0), object."""
    count = rng.randint(2, len(NATIVE_ASSETS))
    request: dict[str, object] = {
        "ver": "1.2",
        "context": 1,
        "contextsubtype": 11,
        "plcmttype": one_of(rng, {1: 60, 4: 25, 2: 15}),
        "plcmtcnt": 1,
        "assets": list(NATIVE_ASSETS[:count]),
        "eventtrackers": [{"event": 1, "methods": [1, 2]}],
    }
    form = one_of(rng, NATIVE_FORMS)
    if form == NATIVE_OBJECT:
        return {"request": request, "ver": "1.2"}
    text = json.dumps({"native": request} if form == NATIVE_WRAPPED else request)
    return {"request": text, "ver": "1.0" if form == NATIVE_WRAPPED else "1.2"}


def _apis(rng: Random, frameworks: tuple[int, int]) -> dict[str, object]:
    """Which API frameworks the place supports; most banners say none."""
    shares: dict[tuple[int, ...], float] = {(): 60, frameworks[:1]: 20, frameworks: 20}
    chosen = one_of(rng, shares)
    return listed("api", chosen)
