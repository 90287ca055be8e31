"""VAST and DAAST documents: the order of the IAB's schemas, and nothing injected."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtb.markup import media
from rtb.markup.errors import NothingFits
from rtb.markup.escape import printable
from rtb.markup.vast import Linear, audio, clock, video
from tests.rtb.offers import NOW, SITE, creative, offer

BASE = ["AdSystem", "Error", "Extensions", "Impression", "Pricing", "ViewableImpression"]
INLINE_4_1 = [
    *BASE, "AdServingId", "AdTitle", "AdVerifications", "Advertiser", "Category", "Creatives",
]  # fmt: skip
INLINE_4 = [each for each in INLINE_4_1 if each != "AdServingId"]
INLINE_3 = [
    "AdSystem", "AdTitle", "Description", "Advertiser", "Pricing", "Survey", "Error",
    "Impression", "Creatives",
]  # fmt: skip
INLINE_2 = [each for each in INLINE_3 if each not in {"Advertiser", "Pricing"}]
LINEAR_4 = ["Icons", "TrackingEvents", "AdParameters", "Duration", "MediaFiles", "VideoClicks"]
LINEAR_2 = ["Duration", "TrackingEvents", "AdParameters", "VideoClicks", "MediaFiles"]
REQUIRED = {"AdSystem", "AdTitle", "Impression", "Creatives"}
SCHEMAS = {  # children of InLine and of Linear in the order of the XSDs
    "2.0": (INLINE_2, LINEAR_2),
    "3.0": (INLINE_3, LINEAR_2),
    "4.0": (INLINE_4, LINEAR_4),
    "4.1": (INLINE_4_1, LINEAR_4),
    "4.2": (INLINE_4_1, LINEAR_4),
    "4.3": (INLINE_4_1, LINEAR_4),
}
HD = {"width": 1280, "height": 720}
SD = {"width": 640, "height": 360}
FILM = {
    "duration": 15,
    "title": "Shoes",
    "media": [
        {"url": "https://c.example/hd.mp4", "mime": "video/mp4", "bitrate": 2500, **HD},
        {"url": "https://c.example/sd.mp4", "mime": "video/mp4", "bitrate": 800, **SD},
        {"url": "https://c.example/sd.webm", "mime": "video/webm", **SD},
        {"url": "https://c.example/a.mp3", "mime": "audio/mpeg", "bitrate": 128},
    ],
}
HOSTILE = st.text(max_size=60) | st.sampled_from(
    [
        "]]>",
        "]]]]>><",
        '"><script>',
        "<!ENTITY x>",
        "&amp;",
        "--></Ad>",
        "\x00\x1b\ud800",
        "'\"",
        "\ufffe",
    ]
)


def played(slot=None, *, kind="video", attributes=None, **shown) -> Linear:
    found = creative(kind, attributes={**FILM, **(attributes or {})}, **shown)
    made = offer({"banner": None, kind: slot or {}, "secure": 1}, found, format=kind)
    now = int(NOW.timestamp())
    if made.imp.video:
        return video(made, made.imp.video, SITE, now)
    assert made.imp.audio
    return audio(made, made.imp.audio, SITE, now)


def tree(adm: str) -> Any:
    return ET.fromstring(adm)  # noqa: S314 - our own


def children(element) -> list[str]:
    return [child.tag for child in element]


def is_ordered(found: list[str], schema: list[str]) -> bool:
    return [schema.index(name) for name in found] == sorted(schema.index(name) for name in found)


@pytest.mark.parametrize("protocol", [2, 3, 7, 11, 13, 15])
def test_the_elements_stand_as_in_the_schema(protocol):
    root = tree(played({"protocols": [protocol]}).adm)
    inline, linear = SCHEMAS[root.get("version")]
    found = root.find("Ad/InLine")
    assert is_ordered(children(found), inline)
    assert set(children(found)) >= REQUIRED
    assert is_ordered(children(found.find("Creatives/Creative/Linear")), linear)
    assert len(found.findall("Creatives/Creative")) == 1


@pytest.mark.parametrize("protocol", [7, 11, 13, 15])
def test_vast_4_names_the_creative_and_what_counts_as_viewable(protocol):
    root = tree(played({"protocols": [protocol]}).adm)
    universal = root.find(".//Creative/UniversalAdId")
    assert (universal.text, universal.get("idRegistry")) == ("56", "adplatform")
    assert universal.get("idValue") == ("56" if protocol == 7 else None)
    assert "/ad_server/viewable?" in root.findtext(".//ViewableImpression/Viewable")
    assert (root.find(".//AdServingId") is not None) == (protocol > 7)


@pytest.mark.parametrize(
    ("offered", "spoken"),
    [
        ([1, 2, 3, 5, 6], 3),
        ([2], 2),
        ([2, 3, 7, 8], 7),
        ([7, 11, 13, 15], 15),
        ([11, 12], 11),
        ([], 3),
        ([1, 4, 5, 6, 8], 0),
        ([9], 0),
    ],
)
def test_the_best_version_that_is_offered_is_spoken(offered, spoken):
    assert media.video_protocol(offered) == spoken
    if spoken:
        assert played({"protocols": offered}).protocol == spoken
    else:
        with pytest.raises(NothingFits, match="protocol"):
            played({"protocols": offered})


def test_the_older_field_of_one_protocol_is_read():
    assert played({"protocol": 2}).protocol == 2


@pytest.mark.parametrize(
    ("offered", "root", "version", "ad_type"),
    [
        ([9], "DAAST", "1.0", None),
        ([2, 9], "DAAST", "1.0", None),
        ([9, 11], "VAST", "4.1", "audio"),
        ([13], "VAST", "4.2", "audio"),
        ([2, 3], "VAST", "3.0", None),
        ([], "VAST", "4.1", "audio"),
    ],
)
def test_audio_is_vast_that_knows_it_or_daast(offered, root, version, ad_type):
    found = tree(played({"protocols": offered, "mimes": ["audio/mpeg"]}, kind="audio").adm)
    assert (found.tag, found.get("version")) == (root, version)
    assert found.find("Ad").get("adType") == ad_type
    assert found.find(".//ViewableImpression") is None
    assert found.findtext(".//MediaFile") == "https://c.example/a.mp3"


def test_daast_has_its_own_words():
    root = tree(played({"protocols": [9], "mimes": ["audio/mpeg"]}, kind="audio").adm)
    assert root.findtext(".//Category") == "IAB24"
    assert root.find(".//VideoClicks") is None
    assert "/ad_server/click_counter?" in root.findtext(".//AdInteractions/ClickThrough")
    file = root.find(".//MediaFile")
    assert (file.get("id"), file.get("width"), file.get("bitrate")) == ("1", None, "128")


def test_daast_names_a_category_that_it_knows():
    attributes = {"cat": ["IAB18-1", "IAB3"]}
    known = played({"protocols": [9]}, kind="audio", attributes=attributes)
    assert "<Category>IAB18-1</Category>" in known.adm
    other = played({"protocols": [9]}, kind="audio", attributes={"cat": ["596"], "cattax": 7})
    assert "<Category>IAB24</Category>" in other.adm


@pytest.mark.parametrize(
    ("slot", "urls"),
    [
        ({"mimes": ["video/mp4"]}, ["hd.mp4", "sd.mp4"]),
        ({"mimes": ["VIDEO/MP4", "video/webm"]}, ["hd.mp4", "sd.mp4", "sd.webm"]),
        ({"mimes": ["video/mp4"], "maxbitrate": 1000}, ["sd.mp4"]),
        ({"mimes": ["video/mp4"], "minbitrate": 2500, "maxbitrate": 2500}, ["hd.mp4"]),
        ({"mimes": ["video/webm"], "minbitrate": 9000}, ["sd.webm"]),  # of unknown bitrate
        ({"mimes": []}, ["hd.mp4", "sd.mp4", "sd.webm", "a.mp3"]),
    ],
)
def test_only_files_that_fit_are_listed(slot, urls):
    root = tree(played(slot).adm)
    found = [file.text.rpartition("/")[2] for file in root.iter("MediaFile")]
    assert found == urls


def test_without_a_fitting_file_there_is_no_document():
    with pytest.raises(NothingFits, match="no file"):
        played({"mimes": ["video/mp4"], "maxbitrate": 100})


@pytest.mark.parametrize(
    ("slot", "offset"),
    [
        ({"protocols": [3]}, "00:00:05"),
        ({"protocols": [3], "skip": 0}, "00:00:05"),
        ({"protocols": [3], "skip": 1}, None),  # the publisher adds the button
        ({"protocols": [2]}, None),  # this version has no such attribute
    ],
)
def test_the_creatives_skip_button_appears_where_it_may(slot, offset):
    linear = played(slot, attributes={"skip_after": 5})
    assert tree(linear.adm).find(".//Linear").get("skipoffset") == offset
    assert linear.is_skippable == (offset is not None)


def test_a_creative_without_a_skip_button_has_none():
    linear = played({"protocols": [3]})
    assert tree(linear.adm).find(".//Linear").get("skipoffset") is None
    assert not linear.is_skippable


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00:00"), (15, "00:00:15"), (75, "00:01:15"), (10_000, "02:46:40")]
)
def test_durations_are_clock_times(seconds, text):
    assert clock(seconds) == text


def test_there_is_no_namespace_since_its_address_is_http():
    for protocol in (2, 3, 7, 13):
        assert "http:" not in played({"protocols": [protocol]}).adm


@given(
    st.fixed_dictionaries(dict.fromkeys(("title", "adomain", "url", "mime", "cat"), HOSTILE)),
    st.sampled_from([2, 3, 7, 11, 13, 15]),
)
def test_no_value_leaves_its_element(values, protocol):
    harmless = dict.fromkeys(values, "a") | {"adomain": values["adomain"] and "a"}
    for kind, offered in (("video", protocol), ("audio", 9)):
        found, plain = (_with(each, kind, offered) for each in (values, harmless))
        assert [each.tag for each in tree(found).iter()] == [
            each.tag for each in tree(plain).iter()
        ]


def _with(values, kind, protocol) -> str:
    file = {"url": values["url"], "mime": values["mime"], "width": 1, "height": 1}
    attributes = {"title": values["title"], "cat": [values["cat"]], "media": [file]}
    slot = {"protocols": [protocol]}
    return played(slot, kind=kind, attributes=attributes, adomain=values["adomain"]).adm


@given(HOSTILE)
def test_a_file_address_arrives_as_it_was(url):
    found = tree(
        _with({"url": url, "mime": "m", "title": "", "cat": "", "adomain": ""}, "video", 3)
    )
    as_xml_reads_it = printable(url).replace("\r\n", "\n").replace("\r", "\n")
    assert (found.findtext(".//MediaFile") or "") == as_xml_reads_it
