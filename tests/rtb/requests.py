"""OpenRTB requests as plain dicts: builders with overrides, and a Hypothesis strategy of all kinds.

``banner_request(bidfloor=2.0, at=1, banner={"battr": [6]})``: a name of Imp goes to the impression,
any other to the request; a dict is merged into the default object, None removes what it names.
"""

import copy
import json
from collections.abc import Callable

from hypothesis import strategies as st

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


# The strategy. Every draw is a valid request of 2.5 or 2.6; optional fields are there or not.

CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "CHF", "RUB"])
CATEGORIES = st.sampled_from(["IAB1", "IAB7-39", "IAB17", "IAB23", "IAB25", "IAB25-3", "IAB26"])
DOMAINS = st.sampled_from(["rival.example", "casino.example", "www.news.example", "a.co.uk"])
FLOORS = st.sampled_from([0, 0.01, 0.5, 1, 1.25, 2.5, 7.75, 40])
COUNTRIES = st.sampled_from(["USA", "US", "DEU", "GBR", "FRA", "JPN", "IND"])
ATTRIBUTES = st.integers(1, 23)
TCF = "CPzHq4APzHq4AAMABBENAUEAALAAAEOAAAAAAEAEACACAAAA"
GPP = "DBABMA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA"


def _some(values, most: int = 4):
    return st.lists(values, max_size=most, unique=True)


def _with(**optional):
    """A dict in which every field may be missing."""
    return st.fixed_dictionaries({}, optional=optional)


@st.composite
def banners(draw) -> dict:
    sizes = draw(st.lists(st.sampled_from(SIZES), min_size=1, max_size=4, unique=True))
    listed = {"format": [{"w": w, "h": h} for w, h in sizes]}
    plain = {"w": sizes[0][0], "h": sizes[0][1]}
    size = draw(st.sampled_from([listed, plain, listed | plain, {}]))
    rest = draw(
        _with(
            btype=_some(st.integers(1, 4), 2),
            battr=_some(ATTRIBUTES),
            pos=st.integers(0, 7),
            mimes=st.just(["image/jpeg", "image/png", "image/gif", "text/html"]),
            topframe=st.integers(0, 1),
            expdir=_some(st.integers(1, 6), 2),
            api=_some(st.integers(1, 9)),
        )
    )
    return size | rest


def _lasting():
    ranges = st.sampled_from([{"minduration": 5, "maxduration": 30}, {"maxduration": 15}, {}])
    exact = st.sampled_from([{"rqddurs": [15, 30]}, {"rqddurs": [6]}])
    return st.one_of(ranges, exact)


def _podded():
    structured = st.fixed_dictionaries(
        {"podid": st.just("pod-1"), "slotinpod": st.sampled_from([-1, 0, 1, 2])},
        optional={"podseq": st.sampled_from([-1, 0, 1])},
    )
    dynamic = st.fixed_dictionaries(
        {"podid": st.just("pod-2"), "poddur": st.sampled_from([30, 60]), "maxseq": st.just(3)},
        optional={
            "mincpmpersec": st.sampled_from([0.01, 0.2]),
            "durfloors": st.just(
                [{"mindur": 1, "maxdur": 15, "bidfloor": 1}, {"mindur": 16, "bidfloor": 3}]
            ),
        },
    )
    return st.one_of(st.just({}), st.just({}), structured, dynamic)


@st.composite
def videos(draw) -> dict:
    needed = {
        "mimes": draw(st.sampled_from([["video/mp4"], ["video/mp4", "video/webm"], ["video/ogg"]]))
    }
    rest = draw(
        _with(
            protocols=_some(st.integers(1, 16), 6),
            w=st.sampled_from([300, 640, 1280]),
            h=st.sampled_from([250, 360, 720]),
            startdelay=st.sampled_from([-2, -1, 0, 30]),
            plcmt=st.integers(1, 4),
            placement=st.integers(1, 5),
            linearity=st.integers(1, 2),
            skip=st.integers(0, 1),
            skipafter=st.sampled_from([0, 5]),
            minbitrate=st.just(300),
            maxbitrate=st.sampled_from([800, 4000]),
            playbackmethod=_some(st.integers(1, 6), 2),
            delivery=_some(st.integers(1, 3), 2),
            battr=_some(ATTRIBUTES),
            api=_some(st.integers(1, 9)),
            boxingallowed=st.integers(0, 1),
        )
    )
    return needed | rest | draw(_lasting()) | draw(_podded())


@st.composite
def audios(draw) -> dict:
    needed = {"mimes": draw(st.sampled_from([["audio/mpeg"], ["audio/mp4", "audio/mpeg"]]))}
    rest = draw(
        _with(
            protocols=_some(st.integers(1, 10), 6),
            startdelay=st.sampled_from([-1, 0, 10]),
            feed=st.integers(1, 3),
            stitched=st.integers(0, 1),
            nvol=st.integers(0, 4),
            battr=_some(ATTRIBUTES),
            api=_some(st.integers(1, 9)),
            maxbitrate=st.sampled_from([64, 320]),
        )
    )
    return needed | rest | draw(_lasting()) | draw(_podded())


ASSET_KINDS = st.one_of(
    st.sampled_from([25, 60, 90, 140]).map(lambda most: {"title": {"len": most}}),
    st.sampled_from(
        [{"type": 3, "wmin": 300, "hmin": 150}, {"type": 3, "w": 1200, "h": 627}, {"type": 1}]
    ).map(lambda img: {"img": img}),
    st.tuples(st.integers(1, 12), st.sampled_from([10, 25, 140])).map(
        lambda data: {"data": {"type": data[0], "len": data[1]}}
    ),
)


@st.composite
def natives(draw) -> dict:
    kinds = draw(st.lists(ASSET_KINDS, min_size=1, max_size=5))
    assets = {
        "ver": draw(st.sampled_from(["1.1", "1.2"])),
        "assets": [
            {"id": number, "required": draw(st.integers(0, 1)), **kind}
            for number, kind in enumerate(kinds, 1)
        ],
    }
    assets |= draw(
        _with(
            context=st.integers(1, 3),
            plcmttype=st.integers(1, 4),
            plcmtcnt=st.integers(1, 3),
            eventtrackers=st.just([{"event": 1, "methods": [1, 2]}]),
            privacy=st.integers(0, 1),
        )
    )
    form = NATIVE_FORMS[draw(st.sampled_from(sorted(NATIVE_FORMS)))]
    return {"request": form(assets), **draw(_with(ver=st.just("1.2"), battr=_some(ATTRIBUTES)))}


@st.composite
def pmps(draw) -> dict:
    deals = [
        {"id": deal_id}
        | draw(
            _with(
                bidfloor=FLOORS,
                bidfloorcur=CURRENCIES,
                at=st.sampled_from([1, 2, 3]),
                wseat=_some(st.sampled_from(["seat-1", "other"]), 2),
                wadomain=_some(DOMAINS, 2),
                guar=st.just(0),
            )
        )
        for deal_id in draw(_some(st.sampled_from(["deal-1", "deal-2", "deal-9"]), 3))
    ]
    return {"private_auction": draw(st.integers(0, 1)), "deals": deals}


FORMATS = {"banner": banners(), "video": videos(), "audio": audios(), "native": natives()}


@st.composite
def imps(draw, number: int = 1) -> dict:
    chosen = draw(
        st.one_of(
            st.sampled_from(sorted(FORMATS)).map(lambda name: [name]),
            st.just(["banner", "video"]),
            st.just(["banner", "native"]),
        )
    )
    rest = draw(
        _with(
            tagid=st.just(f"slot-{number}"),
            bidfloor=FLOORS,
            bidfloorcur=CURRENCIES,
            secure=st.integers(0, 1),
            instl=st.integers(0, 1),
            rwdd=st.integers(0, 1),
            exp=st.sampled_from([30, 300, 3600]),
            pmp=pmps(),
            ext=_with(gpid=st.just("/1/home#top"), tid=st.just("imp-transaction")),
        )
    )
    return {"id": str(number), **{name: draw(FORMATS[name]) for name in chosen}, **rest}


@st.composite
def users_and_regs(draw) -> dict:
    """Privacy signals in the places of 2.6, of 2.5, or none."""
    gdpr, eids = (
        draw(st.integers(0, 1)),
        [{"source": "id.example", "uids": [{"id": "e", "atype": 1}]}],
    )
    of_user = draw(_with(consent=st.just(TCF), eids=st.just(eids)))
    of_regs = draw(_with(gdpr=st.just(gdpr), us_privacy=st.sampled_from(["1---", "1YYN", "1YNN"])))
    user = draw(_with(id=st.just("user-1"), buyeruid=st.just("buyer-1"), keywords=st.just("a,b")))
    regs = draw(
        _with(coppa=st.integers(0, 1), gpp=st.just(GPP), gpp_sid=st.sampled_from([[2], [7, 8]]))
    )
    if draw(st.booleans()):
        return {"user": user | of_user, "regs": regs | of_regs}
    ext = draw(
        _with(gpc=st.just("1"), dsa=st.fixed_dictionaries({"dsarequired": st.integers(0, 3)}))
    )
    return {"user": user | {"ext": of_user}, "regs": regs | {"ext": of_regs | ext}}


@st.composite
def places(draw) -> dict:
    """A site with a computer, or an app with a phone."""
    geo = {"country": draw(COUNTRIES)}
    flags = draw(_with(lmt=st.integers(0, 1), dnt=st.integers(0, 1)))
    if draw(st.booleans()):
        return {"site": SITE, "device": {**DESKTOP, **flags, "geo": geo}}
    return {"app": APP, "device": {**PHONE, **flags, "geo": geo}}


@st.composite
def bid_requests(draw) -> dict:
    """A valid request; the values are fresh, so a test may change them."""
    count = draw(st.sampled_from([1, 1, 1, 2, 3]))
    rest = draw(
        _with(
            at=st.sampled_from([1, 2]),
            tmax=st.sampled_from([100, 250, 1000]),
            cur=st.lists(CURRENCIES, min_size=1, max_size=2, unique=True),
            bcat=_some(CATEGORIES),
            badv=_some(DOMAINS),
            bapp=st.just(["com.rival.app"]),
            wseat=_some(st.sampled_from(["seat-1", "other"]), 2),
            wlang=st.sampled_from([["en"], ["de", "fr"]]),
            test=st.sampled_from([0, 0, 0, 1]),
            source=st.sampled_from([{"schain": CHAIN}, {"ext": {"schain": CHAIN}}, {"fd": 1}]),
        )
    )
    made = {
        "id": draw(st.uuids()).hex,
        "imp": [draw(imps(number)) for number in range(1, count + 1)],
        **draw(places()),
        **draw(users_and_regs()),
        **rest,
    }
    return copy.deepcopy(made)
