"""The template language: each rule of the linter, and what compiled templates are made of."""

import pickle
import re

import html5lib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adserving.render import preview_page
from campaigns.components import ComponentKind, Limits, ValueRejected, clean_value
from campaigns.templates import (
    MAX_SOURCE_BYTES,
    Binding,
    BindingKind,
    Encoding,
    Hole,
    TemplateRejected,
    compile_template,
)

KINDS = {
    "t": ComponentKind.TEXT,
    "u": ComponentKind.URL,
    "i": ComponentKind.IMAGE,
    "c": ComponentKind.COLOR,
    "l": ComponentKind.LENGTH,
    "k": ComponentKind.KEYWORD,
    "h": ComponentKind.HTML,
}
LINK = '<a href="{{ click_url }}">go</a>'
PLACEHOLDER = re.compile(r"\{\{ ?([a-z])[^a-z]*\}\}")


def kinds_in(source):
    return {name: KINDS[name] for name in PLACEHOLDER.findall(source) if name in KINDS}


def problems_of(source, kinds=None):
    with pytest.raises(TemplateRejected) as caught:
        compile_template(source, KINDS if kinds is None else kinds)
    return caught.value.problems


REFUSED = {
    "script": ("<script>1</script>", "Scripts cannot be used"),
    "placeholder in script": ("<script>{{ t }}</script>", "inside <script>"),
    "placeholder in style block": ("<style>a{color:{{ c }}}</style>", "inside <style>"),
    "placeholder in comment": ("<!-- {{ t }} -->", "in a comment"),
    "placeholder in handler": ('<p onclick="{{ t }}">', "event handlers"),
    "event handler": ('<p onclick="x">', "event handlers"),
    "svg event handler": ('<svg onload="x"></svg>', "event handlers"),
    "svg script": ("<svg><script>1</script></svg>", "Scripts cannot be used"),
    "foreign object": ("<svg><foreignObject></foreignObject></svg>", "<foreignObject>"),
    "srcdoc": ('<iframe srcdoc="{{ t }}"></iframe>', "<iframe>"),
    "iframe": ("<iframe></iframe>", "<iframe>"),
    "object": ("<object></object>", "<object>"),
    "embed": ("<embed>", "<embed>"),
    "form": ("<form></form>", "<form>"),
    "noscript": ("<noscript>x</noscript>", "<noscript>"),
    "math": ("<math><mi>x</mi></math>", "<math>"),
    "base": ("<base href=x>", "<base>"),
    "link": ('<link rel="stylesheet" href="https://e.com/x.css">', "<link>"),
    "http-equiv": ('<meta http-equiv="refresh" content="0">', "http-equiv"),
    "meta name": ('<meta name="referrer" content="x">', "<meta name>"),
    "charset": ('<meta charset="latin1">', "UTF-8"),
    "placeholder in meta": ('<meta name="author" content="{{ t }}">', "attribute content"),
    "srcset": ('<img srcset="{{ i }}">', "srcset"),
    "tag name": ("<{{ t }}>", "name of a tag"),
    "part of tag name": ("<a{{ t }}>", "part of a tag"),
    "attribute name": ("<p {{ t }}=x>", "name of an attribute"),
    "unquoted": ("<p title={{ t }}>", "needs quotes"),
    "text in class": ('<p class="{{ t }}">', "attribute class"),
    "text in href": ('<a href="{{ t }}">', "holds text"),
    "url in text": ("{{ u }}", "holds url"),
    "url in src": ('<img src="{{ u }}">', "holds url"),
    "image in href": ('<a href="{{ i }}">', "holds image"),
    "image in alt": ('<img alt="{{ i }}">', "holds image"),
    "image in colour": ('<p style="color: {{ i }}">', "holds image"),
    "image in other url()": ('<p style="cursor: url({{ i }})">', "holds image"),
    "colour in text": ("<p>{{ c }}</p>", "holds color"),
    "colour in url()": ('<p style="background: url({{ c }})">', "holds color"),
    "colour in quotes": ("<p style=\"content: '{{ c }}'\">", "in quotes"),
    "length with unit": ('<p style="width: {{ l }}px">', "stand apart"),
    "important": ('<p style="width: {{ l }} !important">', "stand apart"),
    "placeholder as property": ('<p style="{{ k }}: 1px">', "property: value"),
    "open quote in style": ('<p style="width: {{ l }}; content: \'">', "not closed"),
    "comment in style": ('<p style="width: {{ l }} /* x */">', "comments"),
    "html beside text": ("<div>x {{ h }}</div>", "holds html"),
    "html in a paragraph": ("<p>{{ h }}</p>", "holds html"),
    "html in a link": ('<a href="{{ click_url }}"><div>{{ h }}</div></a>', "holds html"),
    "part of href": ('<a href="https://e.com/{{ u }}">', "must be all of href"),
    "click url in text": ("{{ click_url }}", "whole href"),
    "unknown component": ("{{ nope }}", "no component called 'nope'"),
    "filter": ("{{ t|safe }}", "Only placeholders"),
    "attribute path": ("{{ t.x }}", "Only placeholders"),
    "block tag": ("{% load x %}", "Only placeholders"),
    "javascript href": ('<a href="javascript:1">x</a>', "cannot be used"),
    "javascript with tab": ('<a href="java\tscript:1">x</a>', "cannot be used"),
    "data href": ('<a href="data:text/html,x">x</a>', "cannot be used"),
    "relative src": ('<img src="x.png">', "cannot be used"),
    "http image": ('<img src="http://e.com/x.png">', "cannot be used"),
    "protocol-relative image": ('<img src="//e.com/x.png">', "cannot be used"),
    "data html image": ('<img src="data:text/html,x">', "cannot be used"),
    "large data image": (f'<img src="data:image/png;base64,{"A" * 50_001}">', "50 KB"),
    "svg href": ('<svg><use href="https://e.com/x#y"/></svg>', "href in a drawing"),
    "svg xlink": ('<svg><use xlink:href="#y"/></svg>', "Write href"),
    "target": ('<a target="_self">x</a>', "target must be"),
    "reserved id": ('<p id="adp-config">', "kept for the ad server"),
    "reserved data": ('<p data-adp="1">', "attribute data-adp"),
    "@import": ("<style>@import 'x';</style>", "@import"),
    "escaped @import": (r"<style>@\69mport 'x';</style>", "@import"),
    "commented @import": ("<style>@im/**/port 'x';</style>", "@import"),
    "http url()": ("<style>a{b:url(http://e.com)}</style>", "starting with https"),
    "relative url()": ("<style>a{b:url('x.png')}</style>", "starting with https"),
    "expression": ("<style>a{b:expression (1)}</style>", "expression"),
    "behavior": ('<p style="behavior: url(#x)">', "behavior"),
    "style end trick": ("<style>a</x</style>", "Remove </"),
    "style media": ('<style media="print">a{}</style>', "Remove 'media'"),
    "lost placeholder": ('<p></p title="{{ t }}">', "browsers drop it"),
    "repeated attribute": ('<p title="x" title="{{ t }}">', "browsers drop it"),
    "overlapping tags": ('<p><b title="{{ t }}">x</p>y</b>', "overlap"),
    "nested links": ("<a><table><a>x</a></table></a>", "repair this HTML"),
    "html attribute": ('<html class="x">', "on <body>"),
    "control character": ("\x00", "control character"),
    "private characters": ("&#xF0000;", "private-use"),
    "too deep": ("<div>" * 101, "Too many tags"),
    "too large": ("x" * MAX_SOURCE_BYTES, "150,000"),
}


@pytest.mark.parametrize("rule", REFUSED)
def test_it_refuses(rule):
    source, advice = REFUSED[rule]
    found = problems_of(LINK + "<p>{{ t }}</p>" + source, {**kinds_in(source), "t": KINDS["t"]})
    assert any(advice in problem.message for problem in found), found


ACCEPTED = {
    "text": "<p>{{ t }}</p>",
    "text beside elements": "<p>a {{ t }} b<br>c</p>",
    "text in title": "<title>{{ t }}</title>",
    "text in body": "{{ t }}",
    "text attributes": '<img alt="{{ t }}" title="x {{ t }}"><p aria-label="{{ t }}">',
    "url": '<a href="{{ u }}">x</a>',
    "image": '<img src="{{ i }}">',
    "background image": "<p style=\"background-image: url('{{ i }}')\">",
    "colour": '<p style="border: 1px solid {{ c }}">',
    "custom property": '<body style="--accent: {{ c }}">',
    "calc": '<p style="width: calc({{ l }} - 2px)">',
    "keyword": '<p style="text-align:{{ k }}">',
    "html": "<div> {{ h }} </div>",
    "static parts": '<style>@media (width <= 3px){a{b:url("https://e.com/x")}}</style>'
    '<img src="data:image/png;base64,AA=="><a href="https://e.com" target="_top">x</a>',
    "drawing": '<svg viewBox="0 0 1 1"><path style="fill: {{ c }}"/><text>{{ t }}</text></svg>',
    "document": "<!doctype html><html lang=de><meta charset=utf-8><body>{{ t }}</body>",
    "icon font": "<p>\ue001</p>",
}


@pytest.mark.parametrize("example", ACCEPTED)
def test_it_accepts(example):
    source = ACCEPTED[example] + LINK + "<p>{{ t }}</p>"
    compiled = compile_template(source, kinds_in(source))
    assert pickle.loads(pickle.dumps(compiled)) == compiled  # noqa: S301


def test_problems_come_all_at_once_in_source_order_with_their_place():
    found = problems_of(
        "<p>{{ t }}</p>\n <script></script>\n{{ nope }}", {"t": KINDS["t"], "c": KINDS["c"]}
    )
    assert [(p.line, p.column) for p in found] == [(1, 1), (1, 1), (2, 2), (3, 1)]
    assert ["counts clicks" in found[0].message, "'c' is not used" in found[1].message] == [
        True,
        True,
    ]


def test_a_template_needs_components():
    assert any("at least one component" in p.message for p in problems_of(LINK, {}))


def test_it_names_the_known_components():
    assert any(
        "t, c" in p.message for p in problems_of("{{ x }}", {"t": KINDS["t"], "c": KINDS["c"]})
    )


def test_slots_are_in_order_of_appearance():
    source = '<p style="color: {{ c }}">{{ t }}</p>' + LINK + "<p>{{ t }}</p>"
    assert compile_template(source, kinds_in(source)).slots == ("c", "t")


def test_bindings_say_what_the_browser_sets():
    source = LINK + '<p style="background: {{ c }}; margin: 0">a {{ t }}<br></p>'
    text, color = Hole("t", Encoding.TEXT), Hole("c", Encoding.CSS)
    assert compile_template(source, kinds_in(source)).bindings == (
        Binding(0, BindingKind.ATTR, "href", (Hole("click_url", Encoding.URL),)),
        Binding(1, BindingKind.STYLE, "background", (color,)),
        Binding(1, BindingKind.STYLE, "margin", ("0",)),
        Binding(2, BindingKind.TEXT, "", ("a ", text)),
    )


MARKUP = st.sampled_from(
    [
        *('<a href="{{click_url}}">', "</a>", "{{ t }}", "<div>", "</div>", "<table>", "<td>"),
        *("<svg>", "<title>", "</svg>", "<math>", "<b>", "</b>", "<p>", "</p>", "<!--", "-->"),
        *("<style>", "</style>", "<select>", "{{", "}}", ' title="{{t}}"', "<li>", "<h1>", "<pre>"),
        *("</html>", "<body>", "<head>", "<frameset>", "<template>", "<plaintext>", "&", '"', "<"),
        *("x", " ", "\n", "=", "'", ">", "\ud800", "<button>", "<ruby><rt>", "<foreignObject>"),
    ]
)


@settings(deadline=None)
@given(st.text() | st.lists(MARKUP, max_size=20).map("".join))
def test_any_text_compiles_or_is_rejected_with_problems(source):
    problems = None
    try:
        compile_template(source, {"t": ComponentKind.TEXT})
    except TemplateRejected as error:
        problems = error.problems
    assert problems != ()
    assert all(p.line >= 1 and p.column >= 1 and p.message for p in problems or ())


WHOLE = (
    '<title>{{ t }}</title><body style="--x: {{ c }}"><a href="{{ click_url }}">{{ t }}<b>x</b></a>'
    '<img src="{{ i }}" alt="{{ t }}"><a href="{{ u }}">{{t}}</a><pre>{{ t }}</pre>'
    '<table><tr><td title="{{ t }}">{{ t }}</table>'
    '<p style="background: url({{ i }}) {{ c }}; width: {{ l }}; text-align: {{ k }}">y</p>'
)
COMPILED = compile_template(WHOLE, kinds_in(WHOLE))
PLAIN = {"t": "x", "c": "red", "u": "https://e.com", "i": "https://e.com", "l": "1px", "k": "left"}
DANGEROUS = st.sampled_from(
    [
        "</p>",
        "<b>",
        '"',
        "'",
        "<!--",
        "</title>",
        "&quot;",
        "javascript:",
        "}",
        ";",
        "url(",
        "\\",
        "\n",
    ]
)


def tags_of(values):
    page = preview_page(COMPILED, values, click_url="/c", nonce="n" * 16)
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    return [(element.tag, sorted(element.attrib)) for element in tree.iter()]


@settings(deadline=None)
@given(
    st.sampled_from(sorted(PLAIN)),
    st.text(max_size=40) | st.lists(DANGEROUS | st.text(max_size=5)).map("".join),
    st.sampled_from(["", "https://e.com/"]),
)
def test_no_accepted_value_changes_the_structure_of_the_page(name, raw, prefix):
    limits = Limits(allowed_values=("left", raw)) if name == "k" else Limits()
    try:
        value = clean_value(KINDS[name], limits, prefix + raw)
    except ValueRejected:
        value = raw  # what should never be stored changes nothing either
    assert tags_of({**PLAIN, name: value}) == tags_of(PLAIN)
