"""What a walk over a template's tree finds out: problems, bindings, styles, placeholders met."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from xml.etree.ElementTree import Element

from campaigns.components import ComponentKind
from campaigns.templates import rules
from campaigns.templates.model import Binding, BindingKind, Encoding, Hole, Parts, Problem
from campaigns.templates.source import ANY_MARK, MARK, Source
from campaigns.templates.tree import offset_of


class Record:
    """Filled while walking; read by compile_template."""

    def __init__(self, source: Source, kinds: Mapping[str, ComponentKind]) -> None:
        self.source = source
        self.kinds = kinds
        self.problems: list[Problem] = []
        self.bindings: list[Binding] = []
        self.styles: list[str] = []
        self._encodings: dict[str, Encoding] = {}
        self._met: Counter[str] = Counter()
        self._nodes = 0

    def name(self, mark: str) -> str:
        """The name in the placeholder that a mark stands for."""
        return self.source.placeholder(mark).name

    def kind(self, mark: str) -> ComponentKind | None:
        return self.kinds.get(self.name(mark))

    def report(self, element: Element, *messages: str) -> None:
        problems = (self.source.problem(offset_of(element), message) for message in messages)
        self.problems.extend(problems)

    def refuse(self, marks: Iterable[str], message: str) -> None:
        """Reports placeholders, by a message that goes on after their name."""
        for mark in marks:
            self._met[mark] += 1
            self._report_mark(mark, f"{{{{ {self.name(mark)} }}}} {message}")

    def skip(self, text: str) -> None:
        """Notes placeholders in a place that has been reported as a whole."""
        self._met.update(ANY_MARK.findall(text))

    def use(self, mark: str, encoding: Encoding, *, fits: bool, place: str) -> None:
        """Notes how a placeholder is written, or reports that it does not fit this place."""
        self._met[mark] += 1
        if fits:
            self._encodings[mark] = encoding
        else:
            self._report_mark(mark, self._misplaced(mark, place))

    def use_in_text(self, text: str, place: str) -> bool:
        """Uses each placeholder of a text as text; True where there are some."""
        marks = ANY_MARK.findall(text)
        for mark in marks:
            self.use(mark, Encoding.TEXT, fits=self.kind(mark) is ComponentKind.TEXT, place=place)
        return bool(marks)

    def bind(self, element: Element, kind: BindingKind, name: str, text: str) -> None:
        """Marks the element and binds it; the placeholders of the text have been used."""
        if "data-adp" not in element.attrib:
            element.set("data-adp", str(self._nodes))
            self._nodes += 1
        node = int(element.attrib["data-adp"])
        self.bindings.append(Binding(node, kind, name, self.parts(text)))

    def parts(self, text: str) -> Parts:
        """The text cut at its placeholders, refused ones left out."""
        pieces = MARK.split(text)
        holes = [
            Hole(self.name(mark), self._encodings[mark]) if mark in self._encodings else ""
            for mark in pieces[1::2]
        ]
        pairs = zip_longest(pieces[::2], holes, fillvalue="")
        return tuple(part for pair in pairs for part in pair if part)

    def report_unmet(self) -> None:
        """Reports placeholders that HTML drops, or repeats because tags overlap."""
        for mark in ANY_MARK.findall(self.source.marked):
            shown = f"{{{{ {self.name(mark)} }}}}"
            if self._met[mark] == 0:
                self._report_mark(mark, f"{shown} stands where browsers drop it: move it.")
            if self._met[mark] > 1:
                self._report_mark(mark, f"{shown} is in tags that overlap: close tags in order.")

    def _report_mark(self, mark: str, message: str) -> None:
        offset = self.source.placeholder(mark).offset
        self.problems.append(self.source.problem(offset, message))

    def _misplaced(self, mark: str, place: str) -> str:
        name, kind = self.name(mark), self.kind(mark)
        if name == rules.CLICK_URL:
            example = '<a href="{{ click_url }}">'
            return f"{{{{ click_url }}}} can only be the whole href of a link: {example}."
        if kind is None:
            known = ", ".join(self.kinds) or "none yet"
            return f"There is no component called {name!r}; this template's components: {known}."
        return rules.misplaced(name, kind, place)
