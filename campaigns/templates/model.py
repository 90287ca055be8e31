"""What a compiled ad template is made of: parts to render, bindings for the tag, problems."""

from dataclasses import dataclass
from enum import StrEnum


class Encoding(StrEnum):
    """How a value is written where a hole is."""

    TEXT = "text"  # text, and attributes that only hold text
    URL = "url"  # a whole href or src
    CSS = "css"  # inside a style property's value
    CSS_URL = "css_url"  # between the quotes of url("…") in a style property's value
    HTML = "html"  # markup that clean_value has sanitised


class BindingKind(StrEnum):
    TEXT = "text"
    ATTR = "attr"
    STYLE = "style"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Hole:
    """The place of a component's value, or of the click URL."""

    name: str
    encoding: Encoding


Parts = tuple[str | Hole, ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """What the browser sets on the element marked `data-adp="<node>"`.

    `name` is the attribute or style property; empty for text and html.
    """

    node: int
    kind: BindingKind
    name: str
    pieces: Parts


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """An accepted template: picklable, shared between threads, rendered by adserving.render.

    `head` is the inside of <head> without styles; `body` starts with the <body> tag and leaves it
    open, so that the tag can follow; `slots` are the component names in order of appearance.
    """

    head: Parts
    styles: tuple[str, ...]
    body: Parts
    bindings: tuple[Binding, ...]
    slots: tuple[str, ...]
    lang: str


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something to change in a template; line and column count from 1."""

    line: int
    column: int
    message: str


class TemplateRejected(ValueError):
    """A template cannot be used; `problems` lists everything to change, in source order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(f"{p.line}:{p.column}: {p.message}" for p in self.problems)
