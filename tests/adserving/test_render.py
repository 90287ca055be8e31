"""The ad's page and its security policy."""

import json
import re

import pytest

from adserving.render import (
    Fallback,
    TagConfig,
    content_security_policy,
    preview_page,
    render_page,
)
from campaigns.components import ComponentKind
from campaigns.templates import compile_template

NONCE = "0123456789abcdef"
SOURCE = (
    "<title>{{ t }}</title><style>p{color:red}</style>"
    '<a href="{{ click_url }}" title="{{ t }}">{{ t }}</a><img src="{{ i }}">'
    '<p style="background: url({{ i }}) {{ c }}"></p><div>{{ h }}</div>'
)
KINDS = {
    "t": ComponentKind.TEXT,
    "i": ComponentKind.IMAGE,
    "c": ComponentKind.COLOR,
    "h": ComponentKind.HTML,
}
VALUES = {"t": "Buy", "i": "https://e.com/i.png", "c": "red", "h": "<b>x</b>"}
TAG = TagConfig("/decide?a=1&b=</script>", Fallback("1-2", "/i?x=1&y=\u2028", "/v", "/c"))
COMPILED = compile_template(SOURCE, KINDS)


def page(*, tag=None, click_url="/click?a=1&b=2", lang="en", **values):
    filled = {**VALUES, **values}
    return render_page(COMPILED, filled, click_url=click_url, tag=tag, nonce=NONCE, lang=lang)


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ({}, '<a href="/click?a=1&amp;b=2" title="Buy" data-adp="1">Buy</a>'),
        ({"t": '<b>"&'}, 'title="&lt;b&gt;&quot;&amp;"'),
        ({"i": "https://e.com/?a=1&b=2"}, '<img src="https://e.com/?a=1&amp;b=2"'),
        ({"i": "javascript:alert(1)"}, '<img src=""'),
        ({"i": "//evil.example/x"}, '<img src=""'),
        ({"i": "http://localhost/x"}, '<img src="http://localhost/x"'),
        ({"i": 'https://e.com/")\\'}, 'url(&quot;https://e.com/%22)%5C&quot;) red"'),
        ({"c": 'red;} " url(x)'}, 'url(&quot;https://e.com/i.png&quot;) "'),
        ({"h": "<b>x</b><script>1</script>"}, "><b>x</b></div>"),
        ({"h": "<script>1</script>"}, "></div>"),
        ({"click_url": "http://ads.lan/c"}, 'href="http://ads.lan/c"'),
        ({"click_url": "javascript:1"}, 'href=""'),
        ({"lang": 'd"e'}, '<html lang="d&quot;e">'),
    ],
)
def test_values_are_written_for_their_place(values, written):
    assert written in page(**values)


def test_the_templates_language_wins():
    compiled = compile_template(
        '<html lang="de"><a href="{{ click_url }}">{{ t }}</a>', {"t": KINDS["t"]}
    )
    assert '<html lang="de">' in preview_page(compiled, VALUES, click_url="/c", nonce=NONCE)


def test_every_script_and_style_carries_the_nonce():
    found = re.findall(r"<(?:script|style)\b[^>]*>", page(tag=TAG))
    assert len(found) == 5
    assert all(f'nonce="{NONCE}"' in each for each in found)


def test_the_configuration_cannot_end_its_script():
    (text,) = re.findall(r'id="adp-config"[^>]*>(.*?)</script>', page(tag=TAG))
    assert not re.search("[<>&\u2028]", text)
    config = json.loads(text)
    assert config["decision_url"] == TAG.decision_url
    assert config["timeout_ms"] == 2000
    assert config["fallback"]["impression_url"] == "/i?x=1&y=\u2028"
    assert [1, "attr", "href", [["click_url", "url"]]] in config["bindings"]


def test_without_javascript_the_fallback_impression_is_a_pixel():
    assert '<noscript><img src="/i?x=1&amp;y=\u2028"' in page(tag=TAG)


def test_a_preview_runs_and_counts_nothing():
    shown = preview_page(COMPILED, VALUES, click_url="/c", nonce=NONCE)
    assert "<script" not in shown
    assert "<noscript" not in shown
    assert "Buy" in shown


def test_a_missing_value_is_an_error():
    with pytest.raises(KeyError, match="t"):
        render_page(COMPILED, {}, click_url="/c", tag=None, nonce=NONCE)


@pytest.mark.parametrize("nonce", ["", "short", "x" * 15 + "'", "x" * 20 + "; img-src *"])
def test_a_wrong_nonce_is_refused(nonce):
    with pytest.raises(ValueError, match="nonce"):
        content_security_policy(nonce, frame_ancestors=["*"])
    with pytest.raises(ValueError, match="nonce"):
        preview_page(COMPILED, VALUES, click_url="/c", nonce=nonce)


@pytest.mark.parametrize(
    "site",
    ["*", "'self'", "example.com", "*.example.com", "https://e.com:8443", "http://localhost:*"],
)
def test_sites_may_embed(site):
    policy = content_security_policy(NONCE, frame_ancestors=["'self'", site])
    assert f"frame-ancestors 'self' {site};" in policy


@pytest.mark.parametrize(
    "site", ["", "a b", "e.com; script-src *", "javascript:", "https://e.com/x", "a,b", "'none'"]
)
def test_what_is_no_site_is_refused(site):
    with pytest.raises(ValueError, match="not a site"):
        content_security_policy(NONCE, frame_ancestors=[site])


def test_no_sites_means_nobody():
    assert "frame-ancestors 'none'" in content_security_policy(NONCE, frame_ancestors=[])


def test_local_images_are_for_demos():
    assert "http://localhost:*" not in content_security_policy(NONCE, frame_ancestors=["*"])
    local = content_security_policy(NONCE, frame_ancestors=["*"], local_images=True)
    assert "img-src https: 'self' data: http://localhost:*" in local
