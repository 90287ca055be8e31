"""Reads one targeting value into its canonical spelling, or says what is wrong with it."""

import math
import re
from collections.abc import Callable, Mapping
from functools import partial

from campaigns.targeting.iso import (
    country_meant,
    country_name,
    language_meant,
    language_name,
    region_meant,
    region_name,
)
from campaigns.targeting.problems import shown
from campaigns.targeting.rules import Dimension
from campaigns.targeting.vocabulary import BROWSERS, DEVICE_TYPES, OPERATING_SYSTEMS, Vocabulary

MAX_KEY_CHARS = 64
MAX_VALUE_CHARS = 256

_EXACT_FLOATS = 2**53
# PostgreSQL's jsonb refuses NUL and lone surrogates; the other controls are never meant.
_UNSTORABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_LANGUAGE = re.compile(
    r"(?P<primary>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|\d{3}))?(?:-.*)?",
    re.IGNORECASE,
)


class BadValueError(ValueError):
    """One value that cannot be used; the message says why and what to write instead."""


def read_text(value: object, limit: int = MAX_VALUE_CHARS) -> str:
    if not isinstance(value, str):
        raise BadValueError(f"{shown(value)} is not text; write it in quotes")
    text = value.strip()
    if not text:
        raise BadValueError("an empty value; write one or remove it")
    if len(text) > limit:
        raise BadValueError(f"{shown(text)} has {len(text)} characters; at most {limit} fit")
    if _UNSTORABLE.search(text):
        raise BadValueError(f"{shown(text)} has an invisible control character; type it again")
    return text


def key_value_text(value: object) -> str | None:
    """The text that a key-value is compared as: 3 and 3.0 are "3", true is "true"; or None."""
    match value:
        case str():
            return value.strip()
        case bool():
            return "true" if value else "false"
        case int() if abs(value) < 10**MAX_VALUE_CHARS:
            return str(value)
        case float() if math.isfinite(value):
            is_whole = value.is_integer() and abs(value) < _EXACT_FLOATS
            return str(int(value)) if is_whole else repr(value)
        case _:
            return None


def read_key_value(value: object) -> str:
    text = key_value_text(value)
    if text is None:
        raise BadValueError(
            f"{shown(value)} cannot be compared; write a text, number or true/false"
        )
    return read_text(text)


def read_country(value: object) -> str:
    text = read_text(value)
    if country_name(text.upper()):
        return text.upper()
    hint = _hint(country_meant(text), "codes have two letters, such as CA")
    raise BadValueError(f"{shown(text)} is not an ISO 3166 country code; {hint}")


def read_region(value: object) -> str:
    text = read_text(value)
    code = text.upper().replace("_", "-")
    if _REGION.fullmatch(code) and region_name(code):
        return code
    hint = _hint(region_meant(text), "codes look like CA-ON: the country, a dash, the region")
    raise BadValueError(f"{shown(text)} is not an ISO 3166-2 region code; {hint}")


def read_language(value: object) -> str:
    text = read_text(value)
    found = _LANGUAGE.fullmatch(text.replace("_", "-"))
    if found and found["script"]:
        raise BadValueError(
            f"{shown(text)} names a script; write the language alone or with region"
        )
    tag = language_tag(text)
    primary, _, region = tag.partition("-")
    if not tag or not language_name(primary):
        hint = _hint(language_meant(text), "tags look like fr or fr-CA")
        raise BadValueError(f"{shown(text)} is not a language tag; {hint}")
    if region.isalpha() and not country_name(region):
        hint = _hint(country_meant(region), "regions are ISO 3166 country codes")
        raise BadValueError(f"{shown(text)} has an unknown region {region!r}; {hint}")
    return tag


def language_tag(text: str) -> str:
    """BCP 47 text as language or language-REGION (fr_ca, fr-Latn-CA: fr-CA); "" if it is not."""
    found = _LANGUAGE.fullmatch(text.replace("_", "-"))
    if not found:
        return ""
    region = found["region"]
    return found["primary"].lower() + (f"-{region.upper()}" if region else "")


def read_word(vocabulary: Vocabulary, value: object) -> str:
    text = read_text(value)
    word = vocabulary.canonical(text)
    if word is not None:
        return word
    hint = _hint(vocabulary.meant(text), "write one of " + ", ".join(sorted(vocabulary.labels)))
    raise BadValueError(f"{shown(text)} is not known; {hint}")


def _hint(meant: str | None, otherwise: str) -> str:
    return f"did you mean {meant!r}?" if meant else otherwise


READERS: Mapping[Dimension, Callable[[object], str]] = {
    Dimension.COUNTRY: read_country,
    Dimension.REGION: read_region,
    Dimension.DEVICE_TYPE: partial(read_word, DEVICE_TYPES),
    Dimension.OS: partial(read_word, OPERATING_SYSTEMS),
    Dimension.BROWSER: partial(read_word, BROWSERS),
    Dimension.LANGUAGE: read_language,
    Dimension.SEGMENT: read_text,
    Dimension.PLACEMENT: read_text,
}
