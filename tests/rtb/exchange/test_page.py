"""What is fetched of a markup."""

import pytest

from rtb.exchange.page import Unreadable, decision_url, read_decision, shown
from tests.rtb.exchange.answers import markup

BASE = "https://bidder.example"


def test_a_banners_images_and_link():
    found = shown("banner", markup("banner"))
    assert found.pixels == ("https://cdn.example/sofa.png", f"{BASE}/pixel")
    assert found.click == f"{BASE}/click"


def test_a_frame_is_loaded_with_its_entities_resolved():
    assert shown("banner", '<iframe src="https://a.example?x=1&amp;y=2">').frames == (
        "https://a.example?x=1&y=2",
    )


@pytest.mark.parametrize("kind", ["video", "native"])
def test_each_pixel_of_other_formats_is_fetched_once(kind):
    found = shown(kind, markup(kind))
    assert (found.pixels, found.click) == ((f"{BASE}/pixel",), f"{BASE}/click")


@pytest.mark.parametrize("kind", ["video", "native"])
def test_markup_that_is_not_its_type_is_unreadable(kind):
    with pytest.raises(Unreadable, match=kind):
        shown(kind, "<p>")


def test_the_tag_of_a_template_names_the_decision():
    page = b'<script type="application/json" id="adp-config">{"decision_url":"https://a"}</script>'
    assert decision_url(page) == "https://a"
    for wrong in (b"<p>", page.replace(b"decision", b"other"), page.replace(b"{", b"")):
        with pytest.raises(Unreadable):
            decision_url(wrong)


def test_a_decision_may_have_no_ad():
    assert read_decision(b'{"ad_id":null}') is None
    with pytest.raises(Unreadable):
        read_decision(b'{"ad_id":"1"}')
