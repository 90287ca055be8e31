"""Programs that say in their User-Agent header that they are no person's browser (pure).

Two kinds, by the tags of the crawler-user-agents list: robots (search engines, monitors, previews,
scanners) and libraries (curl, python-requests, HeadlessChrome). Servers and apps report for their
users through such libraries, so whether they count is the operator's choice.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

CHUNK: Final = 25  # patterns per expression: an unknown browser takes 160 us, as one takes 460 us
LIBRARY_TAGS: Final = frozenset({"http-library", "browser-automation"})

# What the list does not have. "CUBOT" is a maker of telephones.
_ROBOT: Final = re.compile(
    r"(?<!cu)bot(?:\b|_)|crawl|spider|slurp|lighthouse|pagespeed|scrapy"
    r"|mediapartners|google-(?:inspectiontool|read-aloud|safety)|googleother|facebookexternalhit"
    r"|bingpreview|whatsapp/|embedly|pingdom|uptime|statuscake|site24x7|\bmonitor(?:ing)?\b",
    re.IGNORECASE,
)
_LIBRARY: Final = re.compile(
    r"^(?:java|python|ruby|php|perl|node|dart|deno|bun|faraday|undici|rest-client|postmanruntime"
    r"|insomnia|guzzlehttp|reqwest|lua-resty-http|winhttp|libcurl)\b",
    re.IGNORECASE,
)

Expressions = tuple["re.Pattern[str]", ...]


def is_robot(user_agent: str) -> bool:
    """Whether it names a robot, a monitor or a link preview."""
    return _matches(user_agent, (_ROBOT, *_listed(libraries=False)))


def is_library(user_agent: str) -> bool:
    """Whether it names an HTTP library or an automated browser, or says nothing at all."""
    return not user_agent.strip() or _matches(user_agent, (_LIBRARY, *_listed(libraries=True)))


def _matches(user_agent: str, expressions: Iterable["re.Pattern[str]"]) -> bool:
    return any(each.search(user_agent) for each in expressions)


@cache
def _listed(*, libraries: bool) -> Expressions:
    patterns = [
        entry["pattern"]
        for entry in CRAWLER_USER_AGENTS_DATA
        if bool(LIBRARY_TAGS & set(entry["tags"])) is libraries
    ]
    chunks = (patterns[start : start + CHUNK] for start in range(0, len(patterns), CHUNK))
    return tuple(re.compile("|".join(chunk)) for chunk in chunks)
