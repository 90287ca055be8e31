"""A bidder that answers correctly, for the exchange's tests: requests and bids as dicts."""

import copy
import json
from typing import Any

REQUEST: dict[str, Any] = {
    "id": "r-1",
    "at": 1,
    "tmax": 1000,
    "cur": ["USD"],
    "bcat": ["IAB25"],
    "badv": ["rival.example"],
    "imp": [
        {
            "id": "1",
            "secure": 1,
            "bidfloor": 1.0,
            "banner": {
                "format": [{"w": 300, "h": 250}],
                "battr": [6],
                "btype": [3],
                "api": [5],
            },
            "pmp": {
                "private_auction": 0,
                "deals": [{"id": "d-1", "bidfloor": 2.0, "wseat": ["s"]}],
            },
        },
        {
            "id": "2",
            "video": {
                "mimes": ["video/mp4"],
                "minduration": 5,
                "maxduration": 30,
                "protocols": [2, 3, 7],
            },
        },
        {
            "id": "3",
            "native": {
                "request": json.dumps(
                    {
                        "ver": "1.2",
                        "assets": [
                            {"id": 1, "required": 1, "title": {"len": 20}},
                            {"id": 2, "required": 1, "img": {"type": 3, "wmin": 300, "hmin": 150}},
                            {"id": 3, "data": {"type": 2, "len": 10}},
                        ],
                        "eventtrackers": [{"event": 1, "methods": [1]}],
                    }
                )
            },
        },
    ],
}

VAST = (
    '<?xml version="1.0" encoding="UTF-8"?><VAST version="3.0"><Ad id="1"><InLine>'
    "<Impression><![CDATA[{base}/pixel]]></Impression><Creatives><Creative><Linear>"
    "<Duration>00:00:15</Duration><VideoClicks><ClickThrough>{base}/click</ClickThrough></VideoClicks>"
    '<MediaFiles><MediaFile type="video/mp4">https://cdn.example/a.mp4</MediaFile></MediaFiles>'
    "</Linear></Creative></Creatives></InLine></Ad></VAST>"
)
BANNER = (
    '<a href="{base}/click"><img src="https://cdn.example/sofa.png"></a>'
    '<img src="{base}/pixel" width="1" height="1">'
)
NATIVE: dict[str, Any] = {
    "ver": "1.2",
    "assets": [
        {"id": 1, "title": {"text": "A sofa"}},
        {"id": 2, "img": {"url": "https://cdn.example/a.png", "w": 600, "h": 300}},
        {"id": 3, "data": {"value": "Soft"}},
    ],
    "link": {"url": "{base}/click"},
    "imptrackers": ["{base}/pixel"],
    "eventtrackers": [{"event": 1, "method": 1, "url": "{base}/pixel"}],
}
SECURE = "https://bidder.example"


def markup(kind: str, base: str = SECURE) -> str:
    text = {"banner": BANNER, "video": VAST, "native": json.dumps(NATIVE)}[kind]
    return text.replace("{base}", base)


def bid(number: int = 1, base: str = SECURE, **fields: object) -> dict:
    """A valid bid for imp 1 (banner), 2 (video) or 3 (native) of REQUEST."""
    kind = {1: "banner", 2: "video", 3: "native"}[number]
    made = {
        "id": f"b-{number}",
        "impid": str(number),
        "price": 2.5,
        "adm": markup(kind, base),
        "adomain": ["maple.example"],
        "cid": "7",
        "crid": "9",
        "cat": ["IAB10"],
        "attr": [1],
        "mtype": {"banner": 1, "video": 2, "native": 4}[kind],
        "nurl": f"{base}/win?p=${{AUCTION_PRICE}}&m=${{AUCTION_MIN_TO_WIN}}&i={number}",
        "burl": f"{base}/bill?p=${{AUCTION_PRICE}}&i={number}",
        "lurl": f"{base}/loss?r=${{AUCTION_LOSS}}&i={number}",
    }
    sizes = {
        "banner": {"w": 300, "h": 250},
        "video": {"w": 640, "h": 360, "dur": 15, "protocol": 3},
    }
    return {**made, **sizes.get(kind, {}), **fields}


def answer(*bids: dict, **fields: object) -> dict:
    given = list(bids) or [bid(1), bid(2), bid(3)]
    whole = {"id": "r-1", "cur": "USD", "seatbid": [{"seat": "s", "bid": given}]}
    return {**whole, **fields}


def request(**fields: object) -> dict[str, Any]:
    return {**copy.deepcopy(REQUEST), **fields}
