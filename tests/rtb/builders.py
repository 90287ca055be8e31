"""OpenRTB requests as plain dicts: builders with overrides.

``banner_request(bidfloor=2.0, at=1, banner={"battr": [6]})``: a name of Imp goes to the impression,
any other to the request; a dict is merged into the default object, None removes what it names.
"""

import copy
import json
from collections.abc import Callable

IMP_FIELDS = frozenset({
    "metric", "banner", "video", "audio", "native", "pmp", "displaymanager", "displaymanagerver",
    "instl", "tagid", "bidfloor", "bidfloorcur", "clickbrowser", "secure", "iframebuster", "rwdd",
    "ssai", "exp", "qty", "dt", "refresh",
})  # fmt: skip

SIZES = [(300, 250), (300, 600), (320, 50), (728, 90), (320, 250), (160, 600), (320, 480)]

CHAIN = {
    "ver": "1.0",
    "complete": 1,
    "nodes": [{"asi": "exchange.example", "sid": "pub-1", "rid": "r1", "hp": 1}],
}
SITE = {
    "id": "site-1",
    "domain": "news.example",
    "page": "https://www.news.example/sport/article-1.html",
    "ref": "https://search.example/",
    "cat": ["IAB17"],
    "publisher": {"id": "pub-1", "name": "News", "domain": "news.example"},
    "content": {"language": "en", "keywords": "football,league"},
}
APP = {
    "id": "app-1",
    "name": "Weather",
    "bundle": "com.example.weather",
    "storeurl": "https://play.google.com/store/apps/details?id=com.example.weather",
    "ver": "5.1",
    "cat": ["IAB15-10"],
    "publisher": {"id": "pub-2", "domain": "weather.example"},
}
DESKTOP = {
    "ua": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36",
    "ip": "203.0.113.9",
    "devicetype": 2,
    "os": "Windows",
    "language": "en",
    "js": 1,
    "geo": {"country": "USA", "region": "CA", "city": "Los Angeles", "type": 2, "utcoffset": -480},
}
PHONE = {
    "ua": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36",
    "ip": "203.0.113.77",
    "devicetype": 4,
    "make": "Google",
    "model": "Pixel 8",
    "os": "Android",
    "osv": "14",
    "ifa": "6f1c2a9e-0b1d-4c7e-9a55-2f6f4a2c1b10",
    "lmt": 0,
    "connectiontype": 2,
    "geo": {"country": "DEU", "type": 2, "utcoffset": 60},
}
BANNER = {"format": [{"w": 300, "h": 250}], "w": 300, "h": 250, "pos": 1, "api": [5, 6, 7]}
VIDEO = {
    "mimes": ["video/mp4", "video/webm"],
    "minduration": 5,
    "maxduration": 30,
    "protocols": [2, 3, 5, 6, 7, 8],
    "w": 640,
    "h": 360,
    "startdelay": 0,
    "plcmt": 1,
    "linearity": 1,
    "playbackmethod": [1],
    "delivery": [2],
    "api": [1, 2, 7],
}
AUDIO = {
    "mimes": ["audio/mpeg", "audio/mp4"],
    "minduration": 5,
    "maxduration": 60,
    "protocols": [2, 3, 9, 10],
    "startdelay": 0,
    "feed": 3,
}
NATIVE_ASSETS = {
    "ver": "1.2",
    "context": 1,
    "plcmttype": 1,
    "plcmtcnt": 1,
    "assets": [
        {"id": 1, "required": 1, "title": {"len": 90}},
        {"id": 2, "required": 1, "img": {"type": 3, "wmin": 300, "hmin": 150}},
        {"id": 3, "required": 0, "img": {"type": 1, "wmin": 50, "hmin": 50}},
        {"id": 4, "required": 0, "data": {"type": 2, "len": 140}},
        {"id": 5, "required": 0, "data": {"type": 1, "len": 40}},
        {"id": 6, "required": 0, "data": {"type": 12, "len": 20}},
    ],
    "eventtrackers": [{"event": 1, "methods": [1, 2]}],
    "privacy": 1,
}
NATIVE_FORMS: dict[str, Callable[[dict], object]] = {
    "string": json.dumps,
    "wrapped": lambda assets: json.dumps({"native": assets}),
    "object": lambda assets: assets,
}


def _merged(base: dict, overrides: dict) -> dict:
    result = copy.deepcopy(base)
    for name, value in overrides.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = _merged(result[name], value)
        else:
            result[name] = copy.deepcopy(value)
    return result


def imp(**fields) -> dict:
    """One impression, of the format that its fields name."""
    base = {"id": "1", "tagid": "slot-1", "bidfloor": 0.1, "bidfloorcur": "USD", "secure": 1}
    return _merged(base, fields)


def request_for(*imps: dict, **overrides) -> dict:
    """A request for these impressions, from a desktop in the USA on a web site."""
    base = {
        "id": "auction-1",
        "imp": list(imps),
        "site": SITE,
        "device": DESKTOP,
        "user": {"id": "user-1", "buyeruid": "buyer-1"},
        "at": 1,
        "tmax": 250,
        "cur": ["USD"],
        "source": {"tid": "transaction-1", "ext": {"schain": CHAIN}},
    }
    return _merged(base, overrides)


def _one_imp(format_fields: dict, overrides: dict) -> dict:
    of_imp = {name: value for name, value in overrides.items() if name in IMP_FIELDS}
    rest = {name: value for name, value in overrides.items() if name not in IMP_FIELDS}
    return request_for(_merged(imp(**format_fields), of_imp), **rest)


def banner_request(**overrides) -> dict:
    return _one_imp({"banner": BANNER}, overrides)


def video_request(**overrides) -> dict:
    return _one_imp({"video": VIDEO}, overrides)


def audio_request(**overrides) -> dict:
    return _one_imp({"audio": AUDIO}, overrides)


def native_request(*, form: str = "string", assets: dict | None = None, **overrides) -> dict:
    """``form`` is one of NATIVE_FORMS; ``assets`` is merged into NATIVE_ASSETS."""
    payload = NATIVE_FORMS[form](_merged(NATIVE_ASSETS, assets or {}))
    return _one_imp({"native": {"request": payload, "ver": "1.2"}}, overrides)


def app_request(**overrides) -> dict:
    """A banner on a phone in Germany, in an app."""
    return banner_request(**{"site": None, "app": APP, "device": PHONE, **overrides})


def deal_request(*, deal: dict | None = None, private: int = 0, **overrides) -> dict:
    """A banner with one deal; ``deal`` is merged into its defaults."""
    base = {"id": "deal-1", "bidfloor": 1.5, "bidfloorcur": "USD", "at": 1}
    pmp = {"private_auction": private, "deals": [_merged(base, deal or {})]}
    return banner_request(**{"pmp": pmp, **overrides})


BUILDERS = {
    "banner": banner_request,
    "video": video_request,
    "audio": audio_request,
    "native": native_request,
    "app": app_request,
    "deal": deal_request,
}
