"""Putting a value into HTML or XML so that it stays a value (pure)."""

import html
import re
from functools import lru_cache
from xml.sax.saxutils import escape

_QUOTES = {'"': "&quot;", "'": "&#39;"}
# What XML 1.0 (section 2.2) does not admit, and lone surrogates, which are no UTF-8.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(value: str) -> str:
    """The value without characters that XML, or UTF-8, cannot carry."""
    return value if value.isprintable() else _NOT_XML.sub("", value)


def html_text(value: str) -> str:
    """For text and for quoted attributes of HTML."""
    return html.escape(printable(value))


@lru_cache(maxsize=4096)
def kept_html_text(value: str) -> str:
    """The same for a text of the configuration, which comes again with each bid."""
    return html_text(value)


def html_link(url: str) -> str:
    """For a link of our own (adserving.links): of what HTML wants escaped it holds "&" only."""
    return url.replace("&", "&amp;")


def xml_text(value: str) -> str:
    """For text and for quoted attributes of XML."""
    return escape(printable(value), _QUOTES)


def cdata(value: str) -> str:
    """A CDATA section; one that the value would close is closed and opened again."""
    return f"<![CDATA[{printable(value).replace(']]>', ']]]]><![CDATA[>')}]]>"
