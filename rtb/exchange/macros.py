"""OpenRTB 2.6 section 4.4: the macros of notices and markup (pure)."""

import base64
import re
from collections.abc import Mapping
from typing import Final

MACRO: Final = re.compile(r"\$\{([A-Z_]+)(:B64)?\}")
NAMES: Final = frozenset(
    {
        "AUCTION_ID",
        "AUCTION_BID_ID",
        "AUCTION_IMP_ID",
        "AUCTION_SEAT_ID",
        "AUCTION_AD_ID",
        "AUCTION_PRICE",
        "AUCTION_CURRENCY",
        "AUCTION_MBR",
        "AUCTION_LOSS",
        "AUCTION_MIN_TO_WIN",
        "AUCTION_MULTIPLIER",
        "AUCTION_IMP_TS",
        "AUCTION_DISCOUNT_PCT",
        "AUCTION_DISCOUNT_CPM",
    }
)
AUDIT: Final = "AUDIT"  # every macro's value when the markup is rendered to judge it


def substitute(text: str, values: Mapping[str, str]) -> str:
    """``text`` with its macros replaced; those without a value become empty, as the spec says."""

    def value(found: re.Match[str]) -> str:
        plain = values.get(found[1], "")
        return base64.b64encode(plain.encode()).decode() if found[2] else plain

    return MACRO.sub(value, text)


def for_audit(text: str) -> str:
    """``text`` as an ad-quality scanner renders it: nobody won, nothing may be booked."""
    return substitute(text, dict.fromkeys(NAMES, AUDIT))


def unknown_macros(text: str) -> list[str]:
    """Macros that no exchange substitutes."""
    return sorted({found[1] for found in MACRO.finditer(text)} - NAMES)


def price(amount: float) -> str:
    """A price as exchanges write it: plain decimals, at most six."""
    return f"{amount:.6f}".rstrip("0").rstrip(".")
