"""The operator's lists of sources: loading them, and all of them as one set."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache, reduce
from operator import or_

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction

from adserving.addresses.ranges import V4_BYTES, V6_BYTES, AddressSet, pack, parse, unpack
from adserving.models import SourceList

Versions = tuple[tuple[int, datetime], ...]


class Change(StrEnum):
    """What a file does to a list."""

    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"


class UnknownList(Exception):
    """There is no list of that name."""


@transaction.atomic
def load(*, name: str, lines: Iterable[str], change: Change, now: datetime) -> int:
    """Add, replace or remove the addresses in ``lines``; the number of ranges in the list then.

    Raises:
        BadList: a line cannot be read; nothing has changed.
        UnknownList: there is nothing to remove from; or the name cannot be one.
    """
    given = parse(lines)
    row = SourceList.objects.select_for_update().filter(name=name).first()
    if row is None:
        row = _new(name, change)
    content = _changed(_content(row), given, change)
    row.v4, row.v6 = pack(content.v4, V4_BYTES), pack(content.v6, V6_BYTES)
    row.ranges, row.loaded_at = len(content), now
    row.save()
    return row.ranges


def drop(name: str) -> None:
    """Delete a list. Raises UnknownList."""
    deleted, _ = SourceList.objects.filter(name=name).delete()
    if not deleted:
        raise _unknown(name)


def listed_sources() -> AddressSet:
    """Every address of every list; unpacked again only when a list has changed."""
    return _merged(tuple(SourceList.objects.order_by("pk").values_list("pk", "loaded_at")))


@lru_cache(maxsize=1)
def _merged(versions: Versions) -> AddressSet:
    rows = SourceList.objects.filter(pk__in=[pk for pk, _ in versions])
    lists = [_content(row) for row in rows]
    return reduce(or_, lists) if lists else AddressSet()


def _content(row: SourceList) -> AddressSet:
    return AddressSet(unpack(bytes(row.v4), V4_BYTES), unpack(bytes(row.v6), V6_BYTES))


def _changed(content: AddressSet, given: AddressSet, change: Change) -> AddressSet:
    if change is Change.REPLACE:
        return given
    return content | given if change is Change.ADD else content - given


def _new(name: str, change: Change) -> SourceList:
    if change is Change.REMOVE:
        raise _unknown(name)
    try:
        validate_slug(name)
    except ValidationError as exc:
        raise UnknownList(f"{name!r} is no name: use letters, digits, - and _") from exc
    return SourceList(name=name)


def _unknown(name: str) -> UnknownList:
    known = ", ".join(SourceList.objects.values_list("name", flat=True)) or "none"
    return UnknownList(f"there is no list {name!r}; there are: {known}")
