"""Display markup: what a browser makes of it."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adplatform.tokens import Purpose
from adserving.credentials import open_grant, open_served
from rtb.markup.banner import banner
from rtb.markup.tokens import nonce_of
from tests.rtb.offers import KEYRING, NOW, RTB_ID, SITE, creative, offer

SECURE = {"secure": 1}
NOW_SECONDS = int(NOW.timestamp())
HOSTILE = st.text(max_size=60) | st.sampled_from(
    ['"><script>alert(1)</script>', "' onload='x", "</a></body>", "&quot;", "\x00\ud800", "<!--"]
)


class Tags(HTMLParser):
    """Tags with their attributes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, Any]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))


def tags(made) -> list[tuple[str, dict]]:
    return Tags(banner(made, SITE, NOW_SECONDS)).found


def credentials(url: str) -> str:
    return parse_qs(urlsplit(url).query)["credentials"][0]


def test_a_template_is_a_sandboxed_frame_of_its_size():
    ((tag, frame),) = tags(offer(SECURE, creative("template")))
    assert (tag, frame["width"], frame["height"]) == ("iframe", "300", "250")
    assert "allow-same-origin" not in frame["sandbox"]
    assert frame["src"].startswith("https://ads.example.com/ad_server/template?customer_id=1&")


def test_the_page_of_a_bid_is_granted_for_its_auction():
    made = offer(SECURE, creative("template"), user_id="visitor", segment_id=4)
    token = credentials(tags(made)[0][1]["src"])
    grant, _ = open_grant(Purpose.TEMPLATE, token, now=NOW_SECONDS, keyring=KEYRING)
    assert (grant.auction_id, grant.nonce) == (RTB_ID, nonce_of(RTB_ID))
    assert (grant.line_item_id, grant.creative_id, grant.template_id) == (34, 56, 7)
    assert (grant.user_id, grant.segment_id, grant.placement_id) == ("visitor", 4, 0)
    late = NOW_SECONDS + SITE.page_seconds
    assert open_grant(Purpose.TEMPLATE, token, now=late, keyring=KEYRING)[1]


@pytest.mark.parametrize(("secure", "base"), [(1, "https"), (0, "http"), (None, "http")])
@pytest.mark.parametrize("kind", ["template", "image"])
def test_a_secure_page_gets_https_only(secure, base, kind):
    markup = banner(offer({"secure": secure}, creative(kind)), SITE, NOW_SECONDS)
    assert f'"{base}://ads.example.com/' in markup
    assert ("http:" in markup) == (base == "http")


def test_an_image_leads_to_our_click_and_counts_its_impression():
    (_, link), (_, image), (_, pixel) = tags(offer(SECURE))
    assert link["href"].startswith(
        "https://ads.example.com/ad_server/click_counter?campaign_id=12&"
    )
    assert link["target"] == "_blank"
    assert (image["src"], image["width"]) == ("https://cdn.example.com/shoe.png", "300")
    assert pixel["src"].startswith("https://ads.example.com/ad_server/impression?credentials=")
    assert credentials(link["href"]) == credentials(pixel["src"])


def test_the_impression_of_a_bid_costs_nothing_and_counts_once():
    served = [
        open_served(
            credentials(Tags(banner(offer(), SITE, at)).found[-1][1]["src"]),
            now=at,
            keyring=KEYRING,
        ).served
        for at in (NOW_SECONDS, NOW_SECONDS + 9)
    ]
    assert {(each.cost_micros, each.auction_id) for each in served} == {(0, RTB_ID)}
    assert served[0].nonce == served[1].nonce
    assert [each.served_at for each in served] == [NOW_SECONDS, NOW_SECONDS + 9]


@pytest.mark.parametrize("is_test", [True, False])
def test_what_a_test_auction_shows_is_marked(is_test):
    link = tags(offer(is_test=is_test))[0][1]["href"]
    assert open_served(credentials(link), now=1, keyring=KEYRING).served.is_test is is_test
    token = credentials(tags(offer(SECURE, creative("template"), is_test=is_test))[0][1]["src"])
    grant, _ = open_grant(Purpose.TEMPLATE, token, now=1, keyring=KEYRING)
    assert grant.is_test is is_test


def test_an_id_that_no_event_can_hold_is_left_out():
    link = tags(offer(user_id="u" * 129))[0][1]["href"]
    assert open_served(credentials(link), now=1, keyring=KEYRING).served.user_id == ""


def test_html_is_the_advertisers_with_our_addresses_in_it():
    html = (
        '<a href="{click_url}">x</a><i data-then="{click_url_encoded}" data-n="{cachebuster}"></i>'
    )
    (_, link), (_, mark), (_, pixel) = tags(offer(SECURE, creative("html", html=html)))
    assert link["href"].startswith("https://ads.example.com/ad_server/click_counter?")
    assert unquote(mark["data-then"]) == link["href"]
    assert not set(mark["data-then"]) & set(":/?&=")
    assert mark["data-n"] == RTB_ID
    assert "/ad_server/impression?" in pixel["src"]


@given(HOSTILE, HOSTILE)
def test_no_value_of_an_image_leaves_its_attribute(url, title):
    made = offer(SECURE, creative("image", image_url=url, attributes={"title": title}))
    markup = banner(made, SITE, NOW_SECONDS)
    markup.encode()
    found = Tags(markup).found
    assert [tag for tag, _ in found] == ["a", "img", "img"]
    assert set(found[1][1]) == {"src", "width", "height", "alt", "style"}
