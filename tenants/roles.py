"""Roles and what each may do in the admin (pure): one table, docs/security.md explains it."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a member is to a tenant."""

    OWNER = "owner"
    MANAGER = "manager"
    TRAFFICKER = "trafficker"
    ANALYST = "analyst"


ROLE_CHOICES: Final = [
    (Role.OWNER.value, "Owner: everything, including members and API keys"),
    (Role.MANAGER.value, "Manager: campaigns, budgets, templates"),
    (Role.TRAFFICKER.value, "Trafficker: creatives, templates, segments; no budgets, no bids"),
    (Role.ANALYST.value, "Analyst: reads everything, changes nothing"),
]


class Area(StrEnum):
    """A group of pages whose permissions always go together."""

    ACCOUNT = "account"  # tenant, members, API keys
    MONEY = "money"  # campaigns, line items, caps, SSPs, deals: what spends
    CREATIVE = "creative"  # creatives, templates, components, batches
    AUDIENCE = "audience"  # segments, placements, inventory lists, attribution
    RESULTS = "results"  # what the platform computed: looked at, never edited


class Action(StrEnum):
    VIEW = "view"
    ADD = "add"
    CHANGE = "change"
    DELETE = "delete"


_ALL: Final = frozenset(Action)
_READ: Final = frozenset({Action.VIEW})
_NONE: Final[frozenset[Action]] = frozenset()

PERMISSIONS: Final[dict[str, dict[Area, frozenset[Action]]]] = {
    Role.OWNER: dict.fromkeys(Area, _ALL) | {Area.RESULTS: _READ},
    Role.MANAGER: {
        Area.ACCOUNT: _NONE,
        Area.MONEY: _ALL,
        Area.CREATIVE: _ALL,
        Area.AUDIENCE: _ALL,
        Area.RESULTS: _READ,
    },
    Role.TRAFFICKER: {
        Area.ACCOUNT: _NONE,
        Area.MONEY: _READ,
        Area.CREATIVE: _ALL,
        Area.AUDIENCE: _READ | {Action.ADD, Action.CHANGE},
        Area.RESULTS: _READ,
    },
    Role.ANALYST: {
        Area.ACCOUNT: _NONE,
        Area.MONEY: _READ,
        Area.CREATIVE: _READ,
        Area.AUDIENCE: _READ,
        Area.RESULTS: _READ,
    },
}


def may(role: str, area: Area, action: Action) -> bool:
    """Whether a role allows an action; an unknown role allows nothing."""
    return action in PERMISSIONS.get(role, {}).get(area, _NONE)
