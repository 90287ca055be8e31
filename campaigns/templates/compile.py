"""compile_template: from an author's HTML to a template that can be rendered, or its problems."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from campaigns.components import ComponentKind
from campaigns.templates import tree
from campaigns.templates.model import CompiledTemplate, Problem, TemplateRejected
from campaigns.templates.record import Record
from campaigns.templates.rules import CLICK_URL
from campaigns.templates.source import Source
from campaigns.templates.walk import walk

_MISNESTED = (
    "Browsers would repair this HTML and read it differently: check that tags are closed in order, "
    "links do not stand inside links, and tables hold only rows and cells."
)


def compile_template(source: str, kinds: Mapping[str, ComponentKind]) -> CompiledTemplate:
    """The compiled template; raises TemplateRejected with every problem at once.

    `kinds` are the template's components by name.
    """
    text = Source(source)
    root = _parse(text)
    record = Record(text, kinds)
    walk(record, root)
    record.report_unmet()
    problems = [*text.syntax_problems(), *record.problems, *_missing(text, kinds)]
    _reject_if_any(problems)
    return _compiled(record, root)


def _parse(text: Source) -> Element:
    try:
        return tree.parse(text)
    except tree.TreeRejected as error:
        raise TemplateRejected((Problem(1, 1, str(error)),)) from error


def _missing(text: Source, kinds: Mapping[str, ComponentKind]) -> list[Problem]:
    """What the template as a whole lacks."""
    used = {placeholder.name for placeholder in text.placeholders}
    messages = [
        f"The component {name!r} is not used: add {{{{ {name} }}}} or remove the component."
        for name in kinds
        if name not in used and name != CLICK_URL
    ]
    if not kinds:
        messages.append("Give the template at least one component, so that there is a choice.")
    if CLICK_URL in kinds:
        messages.append("A component cannot be called click_url: that is the counted link.")
    if CLICK_URL not in used:
        messages.append('Add a link that counts clicks: <a href="{{ click_url }}">…</a>.')
    return [Problem(1, 1, message) for message in messages]


def _compiled(record: Record, root: Element) -> CompiledTemplate:
    head, body = root
    if not tree.reads_back(head, body):
        _reject_if_any([Problem(1, 1, _MISNESTED)])
    names = [placeholder.name for placeholder in record.source.placeholders]
    return CompiledTemplate(
        head=record.parts(tree.write_content(head)),
        styles=tuple(record.styles),
        body=record.parts(tree.write_start_tag(body) + tree.write_content(body)),
        bindings=tuple(record.bindings),
        slots=tuple(dict.fromkeys(name for name in names if name != CLICK_URL)),
        lang=root.get("lang", ""),
    )


def _reject_if_any(problems: list[Problem]) -> None:
    if problems:
        raise TemplateRejected(tuple(sorted(set(problems))))
