"""Documents like those that policies are asked about: for their trial run, and for tests (pure).

Overrides go by section: ``document(line_item={"cpm": 900})``.
"""

import copy
from typing import Any, Final

DOCUMENT: Final[dict[str, dict[str, Any]]] = {
    "tenant": {"id": 1, "currency": "USD", "timezone": "UTC"},
    "campaign": {
        "id": 2,
        "name": "Spring",
        "start_at": "2026-03-01T00:00:00+00:00",
        "end_at": "2026-06-01T00:00:00+00:00",
        "daily_budget": 100.0,
        "total_budget": 5000.0,
    },
    "line_item": {
        "id": 3,
        "name": "Kitchens",
        "cpm": 2.5,
        "priority": 5,
        "daily_budget": None,
        "total_budget": None,
        "targeting": {},
        "requires": [],
        "caps": [],
    },
    "creative": {
        "id": 4,
        "kind": "image",
        "format": "banner",
        "width": 300,
        "height": 250,
        "adomain": "acme.example",
        "landing_url": "https://acme.example/spring",
        "categories": ["IAB10"],
        "category_taxonomy": 1,
        "attributes": [],
        "language": "en",
        "bundle": "",
        "duration": 0,
    },
    "strategy": {
        "goal": "CPM",
        "goal_amount": None,
        "max_bid": None,
        "is_shaded": True,
        "open_auction": True,
        "ssps": [],
        "deals": [],
        "multipliers": [],
    },
    "guardrails": {
        "has_allow_list": False,
        "has_block_list": False,
        "block_categories": [],
        "positions": [],
        "personal_data": "contextual",
        "complete_chain": False,
        "max_hops": 0,
        "allow_rewarded": True,
    },
}
REQUEST: Final[dict[str, Any]] = {
    "country": "US",
    "region": "US-CA",
    "device_type": "desktop",
    "domain": "news.example",
    "bundle": "",
    "publisher": "pub-1",
    "categories": ["IAB17"],
    "format": "banner",
    "price_cpm": 2.5,
    "deal": "",
    "ssp": "acme",
    "hour": 14,
    "weekday": "mon",
    "personal_data": True,
    "coppa": False,
    "test": False,
}


def document(**sections: dict[str, Any]) -> dict[str, Any]:
    whole = copy.deepcopy(DOCUMENT)
    for name, changes in sections.items():
        whole.setdefault(name, {}).update(changes)
    return whole


def at_request(**changes: Any) -> dict[str, Any]:
    return {**document(), "request": {**REQUEST, **changes}}
