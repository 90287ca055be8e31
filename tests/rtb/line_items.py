"""Ads and a book of them without a database."""

from dataclasses import replace
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from adserving.snapshot import TenantConfig
from rtb.ad import Ad, Format
from rtb.book import Book, build
from tests.rtb.offers import creative, line_item

TENANT = TenantConfig(1, ZoneInfo("America/Toronto"), "USD", None)


def ads_of(*line_item_ids: int, **changes: Any) -> list[Ad]:
    """One banner for each id; creatives are numbered in the order given."""
    shown = [creative(id=number) for number in range(len(line_item_ids))]
    return [
        Ad(replace(line_item(each), id=item_id), each, Format.BANNER, **changes)
        for item_id, each in zip(line_item_ids, shown, strict=True)
    ]


def book_of(*line_item_ids: int, **changes: Any) -> Book:
    return build(TENANT, ads_of(*line_item_ids, **changes), rng=Random(1))
