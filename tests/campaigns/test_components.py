"""Component values and their limits."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.components import (
    ComponentKind,
    Limits,
    LimitsRejected,
    ValueRejected,
    clean_landing_url,
    clean_value,
    fill_landing_macros,
)

K = ComponentKind
NONE = Limits()
WORDS = Limits(allowed_values=("left", "center"))


@pytest.mark.parametrize(
    ("kind", "limits", "raw", "cleaned"),
    [
        (K.TEXT, NONE, "  Buy \n now ", "Buy now"),
        (K.TEXT, NONE, "5\u00a0%", "5\u00a0%"),
        (K.TEXT, NONE, "<b>&", "<b>&"),
        (K.URL, NONE, "https://EX.com/ä?q=<x>", "https://ex.com/%C3%A4?q=%3Cx%3E"),
        (K.URL, NONE, "https://bücher.de:444", "https://xn--bcher-kva.de:444"),
        (K.URL, NONE, "http://localhost:8000/x", "http://localhost:8000/x"),
        (
            K.IMAGE,
            Limits(hosts=("*.cdn.com",)),
            "https://a.cdn.com/i.png",
            "https://a.cdn.com/i.png",
        ),
        (K.COLOR, NONE, "#FFaa00", "#ffaa00"),
        (K.COLOR, NONE, "#f0a8", "#f0a8"),
        (K.COLOR, NONE, "RebeccaPurple", "rebeccapurple"),
        (K.COLOR, NONE, "rgb(1, 2, 3)", "rgb(1, 2, 3)"),
        (K.COLOR, NONE, "hsl(10deg 20% 30% / .5)", "hsl(10deg 20% 30% / .5)"),
        (K.LENGTH, NONE, "012.50PX", "12.5px"),
        (K.LENGTH, NONE, "-0", "0"),
        (K.LENGTH, Limits(units=("%",), max_value=100), "100%", "100%"),
        (K.KEYWORD, WORDS, "left", "left"),
        (K.HTML, NONE, "<b onclick=x>a</b><script>b</script>", "<b>a</b>"),
        (
            K.HTML,
            NONE,
            '<a href="https://e.com" style="x">k</a>',
            '<a href="https://e.com" rel="nofollow noopener sponsored">k</a>',
        ),
    ],
)
def test_it_normalises_good_values(kind, limits, raw, cleaned):
    assert clean_value(kind, limits, raw) == cleaned
    assert clean_value(kind, limits, cleaned) == cleaned


@pytest.mark.parametrize(
    ("kind", "limits", "raw", "advice"),
    [
        (K.TEXT, NONE, "   ", "empty"),
        (K.TEXT, NONE, "a\x00b", "control character"),
        (K.TEXT, NONE, "a\u202eb", "control character"),
        (K.TEXT, NONE, "a\ud800", "control character"),
        (K.TEXT, NONE, "x" * 10_001, "too many"),
        (K.TEXT, Limits(max_length=3), "four", "shorten it to 3"),
        (K.TEXT, Limits(pattern="[A-Z]+"), "Aa", "required form"),
        (K.TEXT, Limits(pattern="a*"), "a" * 1_001, "Shorten"),
        (K.URL, NONE, "javascript:alert(1)", "https://"),
        (K.URL, NONE, "//evil.example", "https://"),
        (K.URL, NONE, "https:///x", "https://"),
        (K.URL, NONE, "http://ex.com", "Use https://"),
        (K.URL, NONE, "https://u:p@ex.com", "user name"),
        (K.URL, NONE, "https://ex.com\\@evil.com", "backslashes"),
        (K.URL, NONE, "https://ex.com/a b", "spaces"),
        (K.URL, NONE, "https://ex.com:99999", "not a web address"),
        (K.URL, NONE, "https://[::1]/", "host name"),
        (K.URL, NONE, "https://[x", "not a web address"),
        (K.URL, NONE, "https://ex.com/" + "x" * 2_048, "longer"),
        (K.IMAGE, NONE, "data:image/png;base64,xx", "https://"),
        (K.IMAGE, Limits(hosts=("cdn.com",)), "https://a.cdn.com/x", "allowed hosts"),
        (K.COLOR, NONE, "red;}", "not a colour"),
        (K.COLOR, NONE, "url(x)", "not a colour"),
        (K.LENGTH, NONE, "5", "number and a unit"),
        (K.LENGTH, NONE, "1e3px", "number and a unit"),
        (K.LENGTH, NONE, "5foo", "one of the units"),
        (K.LENGTH, Limits(min_value=2), "1px", "too small"),
        (K.LENGTH, Limits(max_value=2), "3px", "too large"),
        (K.KEYWORD, NONE, "left", "no allowed values"),
        (K.KEYWORD, WORDS, "right", "Choose one of"),
        (K.KEYWORD, Limits(allowed_values=("a b",)), "a b", "not a CSS keyword"),
        (K.HTML, NONE, "<script>x</script>", "Nothing is left"),
    ],
)
def test_it_tells_what_to_change_in_a_bad_value(kind, limits, raw, advice):
    with pytest.raises(ValueRejected, match=advice):
        clean_value(kind, limits, raw)


@pytest.mark.parametrize(
    "href", ["javascript:x", "//evil.example", "/x", "http://e.com", "https://a@b.c"]
)
def test_html_loses_unsafe_links(href):
    assert "href" not in clean_value(K.HTML, NONE, f'<a href="{href}">k</a>')


@given(st.sampled_from([k for k in K if k is not K.KEYWORD]), st.text(max_size=80))
def test_any_text_is_cleaned_once_and_for_all_or_refused(kind, raw):
    try:
        cleaned = clean_value(kind, NONE, raw)
    except ValueRejected:
        return
    assert clean_value(kind, NONE, cleaned) == cleaned


def test_limits_survive_json():
    limits = Limits(max_length=5, pattern="a+", min_value=1, units=("px",), hosts=("*.a.com",))
    assert Limits.from_json(json.loads(json.dumps(limits.to_json()))) == limits
    assert Limits.from_json({}).to_json() == {}


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        ([], "JSON object"),
        ({"size": 1}, "no limit called 'size'"),
        ({"max_length": "5"}, "max_length"),
        ({"max_length": True}, "max_length"),
        ({"max_length": 0}, "max_length"),
        ({"min_value": "x"}, "min_value"),
        ({"min_value": 2, "max_value": 1}, "above"),
        ({"min_value": float("nan")}, "min_value"),
        ({"units": "px"}, "units"),
        ({"units": ["miles"]}, "miles"),
        ({"hosts": ["https://a.com"]}, "hosts"),
        ({"pattern": 1}, "pattern"),
        ({"pattern": "("}, "regular expression"),
        ({"pattern": "a" * 201}, "200"),
        ({"pattern": "(a+)+"}, "can hang"),
        ({"pattern": r"(a)\1"}, "can hang"),
        ({"pattern": "(?=a)b"}, "can hang"),
        ({"pattern": "a*b*c*d*"}, "at most 3"),
    ],
)
def test_it_says_which_limit_makes_no_sense(data, advice):
    with pytest.raises(LimitsRejected, match=advice):
        Limits.from_json(data)


def test_landing_macros_are_percent_encoded():
    url = clean_landing_url("https://ex.com/{segment_id}?c={campaign_id}&x={click_id}")
    filled = fill_landing_macros(url, {"campaign_id": "a/b&c", "segment_id": "ü"})
    assert filled == "https://ex.com/%C3%BC?c=a%2Fb%26c&x="


@pytest.mark.parametrize(
    "url", ["https://{campaign_id}.com/", "https://ex.com/{nope}", "//ex.com", "http://ex.com"]
)
def test_landing_urls_are_whole_addresses_with_known_macros(url):
    with pytest.raises(ValueRejected):
        clean_landing_url(url)


def test_http_landing_pages_need_the_flag():
    assert clean_landing_url("http://ex.com/", allow_http=True) == "http://ex.com/"
