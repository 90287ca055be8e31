"""Entries of inventory lists: the kinds, and the one spelling in which each is kept (pure)."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final

MAX_ENTRIES: Final = 100_000
MAX_ENTRY_CHARS: Final = 253
SHOWN_PROBLEMS: Final = 5
DOMAIN: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")
BUNDLE: Final = re.compile(r"[A-Za-z0-9_.:-]+")
PUBLISHER: Final = re.compile(r"\S+")
CATEGORY: Final = re.compile(r"IAB[1-9][0-9]?(-[1-9][0-9]?)?")
KEYWORD: Final = re.compile(r"\w+")


class ListKind(StrEnum):
    DOMAIN = "domain"
    BUNDLE = "bundle"
    PUBLISHER = "publisher"
    CATEGORY = "category"
    KEYWORD = "keyword"


class EntryRejected(ValueError):
    """The text is no entry of such a list; the message says what one looks like."""


def clean_domain(text: str) -> str:
    """``https://www.Shop.example/path`` becomes ``shop.example``."""
    word = text.strip().lower()
    host = re.sub(r"^[a-z]+://", "", word).partition("/")[0].partition(":")[0]
    found = host.removeprefix("*.").removeprefix("www.").removesuffix(".")
    if not DOMAIN.fullmatch(found):
        raise EntryRejected(f"{text.strip()[:60]!r} is not a domain such as news.example.")
    return found


def _matching(pattern: re.Pattern[str], example: str) -> Callable[[str], str]:
    def clean(text: str) -> str:
        if not pattern.fullmatch(text):
            raise EntryRejected(f"{text[:60]!r} is not {example}.")
        return text

    return clean


CLEANERS: Final[Mapping[ListKind, Callable[[str], str]]] = {
    ListKind.DOMAIN: clean_domain,
    ListKind.BUNDLE: _matching(BUNDLE, "an app's bundle such as com.game.example or 1207472156"),
    ListKind.PUBLISHER: _matching(PUBLISHER, "a publisher id: it holds no spaces"),
    ListKind.CATEGORY: _matching(CATEGORY, "an IAB content category such as IAB25 or IAB25-3"),
    ListKind.KEYWORD: _matching(KEYWORD, "a single word"),
}
SPELLING: Final[Mapping[ListKind, Callable[[str], str]]] = {
    ListKind.CATEGORY: str.upper,
    ListKind.KEYWORD: str.casefold,
}


def clean_entry(kind: ListKind, text: str) -> str:
    """The entry as it is kept. Raises EntryRejected."""
    spelled = SPELLING.get(kind, str)(text.strip())
    if not spelled or len(spelled) > MAX_ENTRY_CHARS:
        raise EntryRejected(f"An entry has 1 to {MAX_ENTRY_CHARS} characters.")
    return CLEANERS[kind](spelled)


def clean_entries(kind: ListKind, texts: Iterable[str]) -> list[str]:
    """Each entry once, in the order given. Raises EntryRejected for the others."""
    kept: dict[str, None] = {}
    problems: list[str] = []
    for text in texts:
        try:
            kept[clean_entry(kind, text)] = None
        except EntryRejected as exc:
            problems.append(str(exc))
    if problems:
        more = len(problems) - SHOWN_PROBLEMS
        said = " ".join(problems[:SHOWN_PROBLEMS])
        raise EntryRejected(f"{said} And {more} more." if more > 0 else said)
    return list(kept)
