"""OpenRTB requests as plain dicts: the builders, and a Hypothesis strategy of all kinds.

Every draw of ``bid_requests`` is a valid request of 2.5 or 2.6; optional fields are there or not.
"""

import copy

from hypothesis import strategies as st

from tests.rtb.builders import (
    APP,
    BUILDERS,
    CHAIN,
    DESKTOP,
    NATIVE_ASSETS,
    NATIVE_FORMS,
    PHONE,
    SITE,
    SIZES,
    app_request,
    audio_request,
    banner_request,
    deal_request,
    imp,
    native_request,
    request_for,
    video_request,
)

__all__ = [
    "APP",
    "BUILDERS",
    "CHAIN",
    "DESKTOP",
    "NATIVE_ASSETS",
    "NATIVE_FORMS",
    "PHONE",
    "SITE",
    "SIZES",
    "app_request",
    "audio_request",
    "audios",
    "banner_request",
    "banners",
    "bid_requests",
    "deal_request",
    "imp",
    "imps",
    "native_request",
    "natives",
    "pmps",
    "request_for",
    "video_request",
    "videos",
]

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
