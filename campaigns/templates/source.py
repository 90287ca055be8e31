"""A template's source text: its placeholders, and the line and column of any offset.

For parsing, each placeholder is replaced by a mark of the same length (offsets stay true): a
private-use character that numbers it, spaces, and a closing private-use character. The spaces make
HTML itself tell quoted attributes from unquoted ones: only quotes keep a mark in one piece.
"""

import html
import re
from dataclasses import dataclass

from campaigns.templates.model import Problem, TemplateRejected

MAX_SOURCE_BYTES = 150_000
MAX_PLACEHOLDERS = 500
MAX_WORDS_BETWEEN_TAGS = 5_000

_FIRST = 0xF0000
_START = f"[\U000f0000-{chr(_FIRST + MAX_PLACEHOLDERS - 1)}]"
_END = "\U00100000"
MARK = re.compile(f"({_START}) +{_END}")
BROKEN_MARK = re.compile(f"({_START})(?! +{_END})")
ANY_MARK = re.compile(f"({_START})")
DEBRIS = re.compile(f"^[^{_START[1:-1]}]*{_END}")

_PLACEHOLDER = re.compile(r"\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]{0,63})[ \t]*\}\}")
_FOREIGN_SYNTAX = re.compile(r"\{\{(?![ \t]*[A-Za-z_][A-Za-z0-9_]{0,63}[ \t]*\}\})|\{%")
_PRIVATE = re.compile("[\U000f0000-\U0010ffff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Placeholder:
    name: str
    offset: int


class Source:
    """The source as written, and `marked`: the same text with marks for placeholders."""

    def __init__(self, text: str) -> None:
        """Raises TemplateRejected where the text is not worth parsing."""
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._check_parseable()
        found = list(_PLACEHOLDER.finditer(self.text))
        self.placeholders = tuple(Placeholder(m[1], m.start()) for m in found)
        if len(found) > MAX_PLACEHOLDERS:
            self._reject(0, f"More than {MAX_PLACEHOLDERS} placeholders: use fewer.")
        marks = iter(range(len(found)))
        self.marked = _PLACEHOLDER.sub(lambda m: _mark(next(marks), len(m[0])), self.text)

    def placeholder(self, mark: str) -> Placeholder:
        """The placeholder that a mark's first character stands for."""
        return self.placeholders[ord(mark[0]) - _FIRST]

    def problem(self, offset: int, message: str) -> Problem:
        line = self.text.count("\n", 0, offset) + 1
        return Problem(line, offset - self.text.rfind("\n", 0, offset), message)

    def syntax_problems(self) -> list[Problem]:
        """Placeholders that are not ones, and those where a tag's name would be."""
        advice = "Only placeholders like {{ headline }} can be used: a component's name, no more."
        problems = [self.problem(m.start(), advice) for m in _FOREIGN_SYNTAX.finditer(self.text)]
        for each in self.placeholders:
            if self.text[: each.offset].endswith(("<", "</")):
                message = f"{{{{ {each.name} }}}} cannot be the name of a tag."
                problems.append(self.problem(each.offset, message))
        return problems

    def _check_parseable(self) -> None:
        size = len(self.text.encode(errors="replace"))
        if size > MAX_SOURCE_BYTES:
            self._reject(0, f"The template has {size:,} bytes; the most is {MAX_SOURCE_BYTES:,}.")
        if bad := _CONTROL.search(self.text):
            self._reject(bad.start(), f"Remove the control character U+{ord(bad[0]):04X}.")
        if _PRIVATE.search(self.text) or _PRIVATE.search(html.unescape(self.text)):
            self._reject(0, "Remove the private-use characters (U+F0000 and above).")
        for run in re.finditer(r"[^<>]{10000,}", self.text):
            if len(re.findall(r"[\s/\"']+", run[0])) > MAX_WORDS_BETWEEN_TAGS:
                self._reject(run.start(), "Too much text or too many attributes between two tags.")

    def _reject(self, offset: int, message: str) -> None:
        raise TemplateRejected((self.problem(offset, message),))


def _mark(number: int, length: int) -> str:
    return chr(_FIRST + number) + " " * (length - 2) + _END
