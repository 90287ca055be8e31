"""Native ads: each asset filled as it was asked for, or not at all."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtb.markup.errors import NothingFits
from rtb.markup.native import can_fill, native
from rtb.openrtb.native import assets_of
from tests.rtb.offers import NOW, SITE, creative, offer

SHOP = {
    "title": "Shoes that carry you",
    "text": "Waterproof, light, and made to be repaired.",
    "sponsored_by": "Shoe Shop",
    "call_to_action": "See them",
    "rating": "4.5",
    "price": "EUR 89",
    "icon": {"url": "https://cdn.example.com/icon.png", "width": 80, "height": 80},
}
TITLE = {"id": 1, "required": 1, "title": {"len": 90}}
HOSTILE = st.text(max_size=60) | st.sampled_from(
    ['"},{"id":9', "</script><script>", "\\", "\u2028", "\x00\ud800", "${AUCTION_PRICE}"]
)


def ad(*assets, wrap=None, native_ver="", attributes=None, shown=None, **root) -> dict:
    text = json.dumps({"ver": "1.2", "assets": assets, **root})
    slot = {"request": wrap(text) if wrap else text, "ver": native_ver}
    found = creative("native", attributes=attributes or SHOP, **(shown or {}))
    made = offer({"banner": None, "native": slot, "secure": 1}, found, format="native")
    return json.loads(adm_of(made))


def adm_of(made) -> str:
    return native(made, made.imp.native, SITE, int(NOW.timestamp()))


def fills(*assets, attributes=None, **shown) -> bool:
    made = offer({"banner": None, "native": {"request": {"assets": list(assets)}}})
    wanted = assets_of(made.imp.native) if made.imp.native else None
    assert wanted
    return can_fill(wanted, creative("native", attributes=attributes or SHOP, **shown))


@pytest.mark.parametrize(
    ("wanted", "answer"),
    [
        ({"title": {"len": 90}}, {"title": {"text": "Shoes that carry you"}}),
        ({"title": {"len": 20}}, {"title": {"text": "Shoes that carry you"}}),
        ({"title": {"len": 19}}, {"title": {"text": "Shoes that carry…"}}),
        ({"title": {"len": 3}}, {"title": {"text": "Sh…"}}),
        ({"data": {"type": 1}}, {"data": {"value": "Shoe Shop"}}),
        ({"data": {"type": 2, "len": 12}}, {"data": {"value": "Waterproof,…"}}),
        ({"data": {"type": 3}}, {"data": {"value": "4.5"}}),
        ({"data": {"type": 6}}, {"data": {"value": "EUR 89"}}),
        ({"data": {"type": 11}}, {"data": {"value": "shop.example"}}),
        ({"data": {"type": 12}}, {"data": {"value": "See them"}}),
        (
            {"img": {"type": 3, "w": 300, "h": 250}},
            {"img": {"url": "https://cdn.example.com/shoe.png", "w": 300, "h": 250}},
        ),
        (
            {"img": {"type": 1, "wmin": 50, "hmin": 50}},
            {"img": {"url": "https://cdn.example.com/icon.png", "w": 80, "h": 80}},
        ),
    ],
)
def test_an_asset_is_filled_as_it_was_asked_for(wanted, answer):
    assert ad({"id": 7, **wanted})["assets"] == [{"id": 7, **answer}]


@pytest.mark.parametrize(
    "wanted",
    [
        {"data": {"type": 4}},
        {"data": {"type": 3, "len": 2}},  # half a rating is another rating
        {"data": {"type": 6, "len": 4}},
        {"data": {}},
        {"img": {"type": 3, "w": 301}},
        {"img": {"type": 3, "h": 249}},
        {"img": {"type": 3, "wmin": 301}},
        {"img": {"type": 1, "hmin": 81}},
        {"img": {"type": 3, "mimes": ["image/gif"]}},
        {"video": {"mimes": ["video/mp4"], "minduration": 1, "maxduration": 9, "protocols": [3]}},
        {},
    ],
)
def test_what_cannot_be_filled_is_left_out_unless_it_is_required(wanted):
    assert [each["id"] for each in ad(TITLE, {"id": 7, **wanted})["assets"]] == [1]
    assert not fills(TITLE, {"id": 7, "required": 1, **wanted})


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ({"w": 600, "wmin": 200, "h": 500, "hmin": 200}, True),  # what would be best, and the least
        ({"mimes": ["image/png"]}, True),
        ({"mimes": ["image/jpg", "IMAGE/PNG"]}, True),
        ({"mimes": []}, True),
        ({}, True),
    ],
)
def test_an_image_fits_by_its_sides_and_type(image, expected):
    assert fills({"id": 1, "required": 1, "img": {"type": 3, **image}}) is expected


@pytest.mark.parametrize(
    ("url", "mime", "expected"),
    [
        ("https://c.example/a.JPG?x=1", "image/jpeg", True),
        ("https://c.example/a.jpeg", "image/jpg", True),
        ("https://c.example/a.jpg", "image/png", False),
        ("https://c.example/image/77", "image/png", True),  # its address does not say
    ],
)
def test_the_type_of_an_image_is_read_off_its_address(url, mime, expected):
    wanted = {"id": 1, "required": 1, "img": {"type": 3, "mimes": [mime]}}
    assert fills(wanted, image_url=url) is expected


def test_a_creative_without_the_asset_cannot_fill_it():
    bare = {"title": "Only this"}
    assert fills(TITLE, attributes=bare)
    assert not fills({"id": 2, "required": 1, "img": {"type": 1}}, attributes=bare)
    assert not fills({"id": 2, "required": 1, "data": {"type": 1}}, attributes=bare)
    assert not fills({"id": 2, "data": {"type": 1}}, attributes=bare)  # nothing would be left
    assert not fills({"id": 2, "required": 1, "img": {"type": 3, "wmin": 1}}, width=0, height=0)


def test_it_leads_to_our_click_and_counts_its_impression():
    made = ad(TITLE)
    assert made["link"]["url"].startswith("https://ads.example.com/ad_server/click_counter?")
    (tracker,) = made["imptrackers"]
    assert tracker.startswith("https://ads.example.com/ad_server/impression?")
    assert "eventtrackers" not in made
    assert "jstracker" not in made


@pytest.mark.parametrize(
    ("offered", "events"),
    [
        ([{"event": 1, "methods": [1]}, {"event": 2, "methods": [1, 2]}], [1, 2]),
        ([{"event": 1, "methods": [2]}], []),
        ([{"event": 3, "methods": [1]}, {"event": 555, "methods": [1]}], []),
    ],
)
def test_events_are_tracked_by_images_where_they_are_offered(offered, events):
    made = ad(TITLE, eventtrackers=offered)
    found = made.get("eventtrackers", [])
    assert [each["event"] for each in found] == events
    assert all(each["method"] == 1 for each in found)
    names = {1: "impression", 2: "viewable"}
    assert all(f"/ad_server/{names[each['event']]}?" in each["url"] for each in found)


def test_only_an_old_request_that_was_wrapped_gets_a_wrapped_answer():
    def wrapped(text):
        return f'{{"native": {text}}}'

    assert set(ad(TITLE, wrap=wrapped, ver="1.0")) == {"native"}
    assert set(ad(TITLE, wrap=wrapped, ver="1.1")) == {"native"}
    assert "assets" in ad(TITLE, wrap=wrapped, ver="1.2")
    assert "assets" in ad(TITLE, ver="1.0")


@pytest.mark.parametrize(("asked", "answered"), [("1.0", "1.0"), ("1.2", "1.2"), ("9", "1.2")])
def test_the_answers_version_is_the_requests(asked, answered):
    assert ad(TITLE, ver=asked)["ver"] == answered


def test_what_does_not_fit_is_no_ad():
    with pytest.raises(NothingFits):
        ad({"id": 1, "required": 1, "data": {"type": 8}})


@given(HOSTILE, st.integers(1, 80))
def test_no_text_is_longer_than_asked_or_leaves_its_value(text, length):
    made = ad(TITLE, {"id": 2, "title": {"len": length}}, attributes={"title": f"T{text}"})
    assert [set(each) for each in made["assets"]] == [{"id", "title"}] * 2
    assert len(made["assets"][1]["title"]["text"]) <= length


@given(HOSTILE)
def test_a_page_may_put_it_between_script_tags(text):
    slot = {"request": {"assets": [TITLE]}}
    found = creative("native", attributes={"title": f"T{text}"})
    made = offer({"banner": None, "native": slot}, found, format="native")
    adm = adm_of(made)
    adm.encode()
    assert "<" not in adm
