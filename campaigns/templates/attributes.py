"""The attributes of one element: refused, fixed, or bound to components."""

import re
from xml.etree.ElementTree import Element

from campaigns.components import ComponentKind
from campaigns.templates import css, rules
from campaigns.templates.model import BindingKind, Encoding
from campaigns.templates.record import Record
from campaigns.templates.source import ANY_MARK, BROKEN_MARK, DEBRIS, MARK
from campaigns.templates.tree import OFFSET, SVG, local_name

_XMLNS = "{http://www.w3.org/2000/xmlns/}"
_URL_MARK = re.compile(rf"url\(\s*([\"']?)\s*({MARK.pattern})\s*\1\s*\)", re.IGNORECASE)
_QUOTED_OR_URL = re.compile(r"\"[^\"]*\"|'[^']*'|[\w-]*(?:url|src)\([^)]*\)?", re.IGNORECASE)
_APART = re.compile(rf"(?:^|(?<=[\s,(/])){MARK.pattern}(?=$|[\s,)/])")


def check_attributes(record: Record, element: Element) -> None:
    """Checks and binds the attributes; those that cannot be used are removed from the element."""
    for name, value in list(element.attrib.items()):
        if name == OFFSET:
            continue
        if _is_usable(record, element, name, value):
            _check_value(record, element, name, value)
        else:
            del element.attrib[name]


def _is_usable(record: Record, element: Element, name: str, value: str) -> bool:
    if marks := ANY_MARK.findall(name):
        record.refuse(marks, "cannot be the name of an attribute.")
        record.skip(value)
    elif DEBRIS.match(name) or name.startswith(_XMLNS):
        record.skip(value)
    elif problem := rules.attribute_problem(str(element.tag), name):
        record.report(element, problem)
        record.skip(value)
    elif BROKEN_MARK.search(value):
        record.refuse(ANY_MARK.findall(value), f'needs quotes around it: {name}="{{{{ … }}}}".')
    else:
        return True
    return False


def _check_value(record: Record, element: Element, name: str, value: str) -> None:
    if name == "style":
        _check_style(record, element, value)
    elif not ANY_MARK.search(value):
        _check_static(record, element, name, value)
    elif name in ("href", "src"):
        _check_address(record, element, name, value)
    elif name in rules.TEXT_ATTRIBUTES:
        record.use_in_text(value, f"in the attribute {name}")
        record.bind(element, BindingKind.ATTR, name, value)
    else:
        for mark in ANY_MARK.findall(value):
            record.use(mark, Encoding.TEXT, fits=False, place=f"in the attribute {name}")


def _check_static(record: Record, element: Element, name: str, value: str) -> None:
    if problem := rules.static_value_problem(str(element.tag), name, value):
        record.report(element, problem)
    if str(element.tag).startswith(SVG):
        record.report(element, *css.problems(value))


def _check_address(record: Record, element: Element, name: str, value: str) -> None:
    whole = MARK.fullmatch(value.strip())
    if whole is None:
        message = f"must be all of {name}: nothing before or after it."
        record.refuse(ANY_MARK.findall(value), message)
        return
    fits = _address_fits(record, element, name, whole[1])
    place = f"in {name} of <{local_name(element)}>"
    record.use(whole[1], Encoding.URL, fits=fits, place=place)
    element.set(name, whole[0])
    record.bind(element, BindingKind.ATTR, name, whole[0])


def _address_fits(record: Record, element: Element, attribute: str, mark: str) -> bool:
    if element.tag in rules.LINKS and attribute == "href":
        return record.name(mark) == rules.CLICK_URL or record.kind(mark) is ComponentKind.URL
    is_image = element.tag == rules.IMAGE and attribute == "src"
    return is_image and record.kind(mark) is ComponentKind.IMAGE


def _check_style(record: Record, element: Element, style: str) -> None:
    record.report(element, *css.problems(MARK.sub("#placeholder", style)))
    if not MARK.search(style):
        return
    try:
        declarations = css.declarations(style)
    except css.StyleRejected as error:
        record.report(element, str(error))
        record.skip(style)
        return
    ready = [(name, _checked_declaration(record, name, value)) for name, value in declarations]
    element.set("style", "; ".join(f"{name}: {value}" for name, value in ready))
    _bind_style(record, element, ready)


def _bind_style(record: Record, element: Element, ready: list[tuple[str, str]]) -> None:
    """Binds from the first placeholder on: a shorthand would reset fixed values after it."""
    seen = False
    for name, value in ready:
        seen = seen or MARK.search(value) is not None
        if seen:
            record.bind(element, BindingKind.STYLE, name, value)


def _checked_declaration(record: Record, name: str, value: str) -> str:
    outside = _URL_MARK.sub("", value)
    if "!" in value or ANY_MARK.search(_APART.sub("", _QUOTED_OR_URL.sub("", outside))):
        message = "must stand apart in its style: no unit, sign or ! beside it."
        record.refuse(ANY_MARK.findall(value), message)
        return value
    for match in _URL_MARK.finditer(value):
        fits = record.kind(match[3]) is ComponentKind.IMAGE and name in rules.IMAGE_PROPERTIES
        record.use(match[3], Encoding.CSS_URL, fits=fits, place=f"in url() of {name}")
    quoted = ANY_MARK.findall("".join(_QUOTED_OR_URL.findall(outside)))
    for mark in ANY_MARK.findall(outside):
        fits = record.kind(mark) in rules.STYLE_KINDS and mark not in quoted
        place = f"in quotes or url() of {name}" if mark in quoted else f"in the style of {name}"
        record.use(mark, Encoding.CSS, fits=fits, place=place)
    return _URL_MARK.sub(r'url("\2")', value)
