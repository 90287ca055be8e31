"""Putting a value into HTML or XML so that it stays a value (pure)."""

import html
import re
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


def xml_text(value: str) -> str:
    """For text and for quoted attributes of XML."""
    return escape(printable(value), _QUOTES)


def cdata(value: str) -> str:
    """A CDATA section; one that the value would close is closed and opened again."""
    return f"<![CDATA[{printable(value).replace(']]>', ']]]]><![CDATA[>')}]]>"
