"""Bid multipliers as a marketer writes them, checked and in one spelling (pure)."""

import re
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from campaigns.targeting.vocabulary import DEVICE_TYPES, OPERATING_SYSTEMS, Vocabulary
from rtb.ad import Format, Multiplier
from rtb.inventory import EntryRejected, clean_domain

MAX_FACTOR: Final = 10.0
MAX_MULTIPLIERS: Final = 500
EXAMPLE: Final = '[{"dimension": "device_type", "value": "mobile", "factor": 1.2}]'


class MultipliersRejected(ValueError):
    """The message says which multiplier is wrong, and how to write it."""


class Written(msgspec.Struct, forbid_unknown_fields=True):
    """One multiplier as JSON."""

    dimension: str
    value: str
    factor: float


def _words(vocabulary: Vocabulary) -> Callable[[str], str | None]:
    return vocabulary.canonical


def _country(text: str) -> str | None:
    return text.upper() if re.fullmatch(r"[A-Za-z]{2}", text) else None


def _format(text: str) -> str | None:
    return text.lower() if text.lower() in set(Format) else None


def _size(text: str) -> str | None:
    found = re.fullmatch(r"([1-9][0-9]{0,4}) ?[xX] ?([1-9][0-9]{0,4})", text)
    return f"{found[1]}x{found[2]}" if found else None


def _domain(text: str) -> str | None:
    try:
        return clean_domain(text)
    except EntryRejected:
        return None


def _as_it_is(text: str) -> str | None:
    return text


DIMENSIONS: Final[Mapping[str, tuple[Callable[[str], str | None], str]]] = {
    "country": (_country, "a two-letter country code such as CA"),
    "device_type": (_words(DEVICE_TYPES), "desktop, mobile, tablet or tv"),
    "os": (_words(OPERATING_SYSTEMS), "an operating system such as ios or android"),
    "domain": (_domain, "a domain such as news.example"),
    "bundle": (_as_it_is, "an app's bundle"),
    "format": (_format, "banner, video, audio or native"),
    "size": (_size, "a size such as 300x250"),
    "ssp": (_as_it_is, "an SSP's key"),
    "deal": (_as_it_is, "a deal id"),
}


def read(raw: object) -> tuple[Multiplier, ...]:
    """The multipliers of a JSON list. Raises MultipliersRejected."""
    try:
        written = msgspec.convert(raw or [], list[Written])
    except msgspec.ValidationError as exc:
        raise MultipliersRejected(f"{exc}. Write for example {EXAMPLE}") from exc
    if len(written) > MAX_MULTIPLIERS:
        raise MultipliersRejected(f"{len(written)} are too many: the most is {MAX_MULTIPLIERS}.")
    found = tuple(_read(number, each) for number, each in enumerate(written, 1))
    _check_each_is_given_once(found)
    return found


def to_json(multipliers: tuple[Multiplier, ...]) -> list[dict[str, object]]:
    return [
        {"dimension": each.dimension, "value": each.value, "factor": each.factor}
        for each in multipliers
    ]


def _read(number: int, each: Written) -> Multiplier:
    if each.dimension not in DIMENSIONS:
        known = ", ".join(DIMENSIONS)
        raise MultipliersRejected(f"Number {number}: {each.dimension!r} is not one of {known}.")
    spell, example = DIMENSIONS[each.dimension]
    text = each.value.strip()
    value = spell(text) if text else None
    if value is None:
        raise MultipliersRejected(f"Number {number}: {text[:60]!r} is not {example}.")
    if not 0 < each.factor <= MAX_FACTOR:
        wrong = f"Number {number}: the factor {each.factor:g} is not above 0 and at most"
        raise MultipliersRejected(f"{wrong} {MAX_FACTOR:g}.")
    return Multiplier(each.dimension, value, each.factor)


def _check_each_is_given_once(multipliers: tuple[Multiplier, ...]) -> None:
    seen: set[tuple[str, str]] = set()
    for number, each in enumerate(multipliers, 1):
        if (each.dimension, each.value) in seen:
            twice = f"{each.dimension} {each.value}"
            raise MultipliersRejected(f"Number {number}: there is one for {twice} already.")
        seen.add((each.dimension, each.value))
