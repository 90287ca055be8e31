"""Walks a template's tree: checks elements and texts, and makes the tree ready to write."""

import re
from typing import cast
from xml.etree.ElementTree import Comment, Element

from campaigns.components import ComponentKind
from campaigns.templates import css, rules
from campaigns.templates.attributes import check_attributes
from campaigns.templates.model import BindingKind, Encoding
from campaigns.templates.record import Record
from campaigns.templates.source import ANY_MARK, MARK
from campaigns.templates.tree import HTML, OFFSET, SVG, local_name


def walk(record: Record, element: Element, inside: tuple[str, ...] = ()) -> None:
    """Checks an element and all in it; `inside` names the elements around it.

    Afterwards the tree is without comments, styles and <meta charset>, texts with placeholders
    have an element of their own, and bound elements carry data-adp.
    """
    _remove_comments(record, element)
    check_attributes(record, element)
    children = list(element)
    _bind_content(record, element, (*inside, local_name(element)))
    for child in children:
        _walk_child(record, element, child, (*inside, local_name(element)))


def _walk_child(record: Record, parent: Element, child: Element, inside: tuple[str, ...]) -> None:
    if mark := ANY_MARK.search(str(child.tag)):
        record.refuse([mark[1]], "cannot be part of a tag's name.")
        _skip_content(record, child)
    elif problem := rules.element_problem(str(child.tag)):
        record.report(child, problem)
        _skip_content(record, child)
    elif child.tag == f"{HTML}style":
        _take_style(record, parent, child)
    else:
        walk(record, child, inside)
        if child.tag == f"{HTML}meta" and "charset" in child.attrib:
            _remove(parent, child)


def _skip_content(record: Record, element: Element) -> None:
    for each in element.iter():
        text = "".join([each.text or "", *each.attrib, *each.attrib.values()])
        text += "".join(child.tail or "" for child in each)
        if element.tag == f"{HTML}script":
            record.refuse(ANY_MARK.findall(text), "cannot be used inside <script>.")
        else:
            record.skip(text)


def _take_style(record: Record, parent: Element, style: Element) -> None:
    text = style.text or ""
    advice = 'cannot be used inside <style>: write style="--name: {{ … }}" on an element.'
    record.refuse(ANY_MARK.findall(text), advice)
    for name in style.attrib:
        if name not in ("type", OFFSET):
            record.report(style, f"Remove {name[:40]!a} from <style>; write @media inside it.")
            record.skip(name + style.attrib[name])
    record.skip("".join(value for name, value in style.attrib.items() if name == "type"))
    record.report(style, *css.problems(text))
    record.styles.append(text)
    _remove(parent, style)


def _remove_comments(record: Record, element: Element) -> None:
    for child in list(element):
        if child.tag == cast("str", Comment):
            record.refuse(ANY_MARK.findall(child.text or ""), "is in a comment: remove it there.")
            _remove(element, child)


def _bind_content(record: Record, element: Element, inside: tuple[str, ...]) -> None:
    alone = MARK.fullmatch((element.text or "").strip()) if len(element) == 0 else None
    if alone and record.kind(alone[1]) is ComponentKind.HTML:
        _bind_html(record, element, alone, inside)
    elif len(element) or element.tag == f"{HTML}body":
        _wrap_texts(record, element)
    elif record.use_in_text(element.text or "", "in text"):
        record.bind(element, BindingKind.TEXT, "", element.text or "")


def _bind_html(
    record: Record, element: Element, alone: re.Match[str], inside: tuple[str, ...]
) -> None:
    around = rules.NOT_AROUND_HTML.intersection(inside)
    fits = not around and str(element.tag) in rules.HTML_CONTAINERS
    record.use(alone[1], Encoding.HTML, fits=fits, place="here")
    element.text = alone[0]
    record.bind(element, BindingKind.HTML, "", alone[0])


def _wrap_texts(record: Record, element: Element) -> None:
    """Gives each text with placeholders an element of its own, which the browser can fill."""
    for position in range(len(element), 0, -1):
        child = element[position - 1]
        if record.use_in_text(child.tail or "", "in text"):
            element.insert(position, _wrapped(record, element, child.tail or ""))
            child.tail = None
    if record.use_in_text(element.text or "", "in text"):
        element.insert(0, _wrapped(record, element, element.text or ""))
        element.text = None


def _wrapped(record: Record, parent: Element, text: str) -> Element:
    wrapper = Element(f"{SVG}tspan" if str(parent.tag).startswith(SVG) else f"{HTML}span")
    wrapper.text = text
    record.bind(wrapper, BindingKind.TEXT, "", text)
    return wrapper


def _remove(parent: Element, child: Element) -> None:
    """Removes a child but not the text after it."""
    position = list(parent).index(child)
    if position:
        before = parent[position - 1]
        before.tail = (before.tail or "") + (child.tail or "")
    else:
        parent.text = (parent.text or "") + (child.tail or "")
    parent.remove(child)
