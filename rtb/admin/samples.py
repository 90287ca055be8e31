"""Bid requests to start from, on the page that asks why a line item does not bid."""

import json
from collections.abc import Mapping
from typing import Any, Final

VISITOR: Final[dict[str, Any]] = {
    "ua": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36",
    "ip": "203.0.113.9",
    "devicetype": 2,
    "language": "en",
    "geo": {"country": "CAN", "region": "ON"},
}
SITE: Final[dict[str, Any]] = {
    "id": "site-1",
    "domain": "news.example",
    "page": "https://news.example/living/kitchens",
    "cat": ["IAB10"],
    "publisher": {"id": "pub-1"},
}


def _request(impression: dict[str, Any]) -> str:
    request = {
        "id": "sample-1",
        "imp": [{"id": "1", "secure": 1, "bidfloor": 0.5, **impression}],
        "site": SITE,
        "device": VISITOR,
        "user": {"buyeruid": "visitor-1"},
        "at": 1,
        "tmax": 120,
        "cur": ["USD"],
    }
    return json.dumps(request, indent=2)


SAMPLES: Final[Mapping[str, str]] = {
    "Banner 300 x 250": _request({"banner": {"format": [{"w": 300, "h": 250}]}}),
    "Banner of many sizes": _request(
        {
            "banner": {
                "format": [
                    *({"w": 300, "h": 250}, {"w": 300, "h": 600}, {"w": 320, "h": 50}),
                    *({"w": 728, "h": 90}, {"w": 970, "h": 250}, {"w": 160, "h": 600}),
                ]
            }
        }
    ),
    "Video before the film": _request(
        {
            "video": {
                "mimes": ["video/mp4"],
                "protocols": [2, 3, 5, 6, 7, 8],
                "w": 640,
                "h": 360,
                "minduration": 5,
                "maxduration": 30,
                "startdelay": 0,
                "linearity": 1,
            }
        }
    ),
    "Audio": _request(
        {"audio": {"mimes": ["audio/mpeg"], "protocols": [2, 3, 7, 9], "maxduration": 30}}
    ),
    "Banner in Europe without consent": _request(
        {"banner": {"format": [{"w": 300, "h": 250}]}}
    ).replace('"at": 1,', '"regs": {"gdpr": 1},\n  "at": 1,'),
}
