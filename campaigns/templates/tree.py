"""HTML as a tree: parsing with the position of each tag, and writing it back with quotes.

What browsers get is never the author's text but this module's: every attribute quoted, every tag
closed, comments gone. `reads_back` makes sure that they see the tree that was checked.
"""

import html
from typing import cast
from xml.etree.ElementTree import Element

import html5lib
from html5lib.constants import tokenTypes

from campaigns.templates.source import Source

HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
OFFSET = "\U0010ff00"  # an attribute name that no source can hold
MAX_TAGS = 3_000
MAX_DEPTH = 100

_DOCTYPE = "<!doctype html>\n"
_VOID = frozenset(
    f"{HTML}{name}"
    for name in ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr")
)
_DROPS_NEWLINE = frozenset({f"{HTML}pre", f"{HTML}listing", f"{HTML}textarea"})
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class TreeRejected(ValueError):
    """The source cannot be parsed within the limits."""


def parse(source: Source) -> Element:
    """The <html> element of the marked source; each tag of the source carries its offset."""
    return _parse(_PositionedParser(source.marked), _DOCTYPE + source.marked)


def offset_of(element: Element) -> int:
    """Where the element's tag starts in the source; 0 for elements that the parser added."""
    return int(element.get(OFFSET, "0"))


def write(element: Element) -> str:
    """The element as HTML, its end tag included."""
    if element.tag in _VOID:
        return write_start_tag(element)
    return f"{write_start_tag(element)}{write_content(element)}</{local_name(element)}>"


def write_start_tag(element: Element) -> str:
    attributes = "".join(
        f' {name}="{html.escape(value)}"'
        for name, value in element.attrib.items()
        if name != OFFSET
    )
    return f"<{local_name(element)}{attributes}>"


def write_content(element: Element) -> str:
    text = html.escape(element.text or "", quote=False)
    newline = "\n" if element.tag in _DROPS_NEWLINE and text.startswith("\n") else ""
    tails = (write(child) + html.escape(child.tail or "", quote=False) for child in element)
    return newline + text + "".join(tails)


def local_name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def reads_back(head: Element, body: Element) -> bool:
    """Whether a browser that reads what `write` gives sees these same trees."""
    written = f"{_DOCTYPE}<html>{write(head)}{write(body)}</html>"
    again = _parse(html5lib.HTMLParser(html5lib.getTreeBuilder("etree")), written)
    return [_shape(head), _shape(body)] == [_shape(part) for part in again]


class _PositionedParser(html5lib.HTMLParser):  # type: ignore[misc]
    """Notes in each start tag where it stood, and stops at documents no ad needs."""

    def __init__(self, text: str) -> None:
        super().__init__(html5lib.getTreeBuilder("etree"))
        self._lower = text.translate(_ASCII_LOWER)
        self._line_starts = [0]
        for line in text.split("\n"):
            self._line_starts.append(self._line_starts[-1] + len(line) + 1)
        self._tags = 0

    def reset(self) -> None:
        """html5lib calls this once the tokenizer is there; every tag passes emitCurrentToken."""
        super().reset()
        self._emit = self.tokenizer.emitCurrentToken
        self.tokenizer.emitCurrentToken = self._emit_with_offset

    def _emit_with_offset(self) -> None:
        token = self.tokenizer.currentToken
        if token["type"] == tokenTypes["StartTag"]:
            self._check_size()
            name = token["name"].translate(_ASCII_LOWER)
            token["data"].append([OFFSET, str(self._start_of(name))])
        self._emit()

    def _start_of(self, name: str) -> int:
        line, column = self.tokenizer.stream.position()
        end = self._line_starts[max(line - 2, 0)] + column  # one line for the doctype
        return max(self._lower.rfind(f"<{name}", 0, end), 0)

    def _check_size(self) -> None:
        self._tags += 1
        if self._tags > MAX_TAGS or len(self.tree.openElements) > MAX_DEPTH:
            message = f"Too many tags: at most {MAX_TAGS}, nested {MAX_DEPTH} deep."
            raise TreeRejected(message)


def _parse(parser: html5lib.HTMLParser, text: str) -> Element:
    try:
        return cast("Element", parser.parse(text))
    except (AssertionError, AttributeError, LookupError, TypeError) as error:  # html5lib's defects
        raise TreeRejected("This HTML cannot be understood: check that tags are closed.") from error


def _shape(element: Element) -> object:
    attributes = sorted((k, v) for k, v in element.attrib.items() if k != OFFSET)
    children = [(_shape(child), child.tail or "") for child in element]
    return element.tag, attributes, element.text or "", children
