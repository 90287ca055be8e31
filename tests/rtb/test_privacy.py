"""What each privacy signal forbids, wherever exchanges put it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtb.openrtb.parse import parse
from rtb.openrtb.request import BidRequest
from rtb.privacy import COARSE, FREE, Privacy, best_id, read
from tests.rtb.consent.strings import gpp_string, tc_string, us_section

VENDOR = 301
YES = tc_string(vendors=[VENDOR])
NO = tc_string(vendors=[7])
ZEROS = "00000000-0000-0000-0000-000000000000"
IFA = "38400000-8CF0-11BD-B23E-10B96E40000D"


def request(**parts: Any) -> BidRequest:
    body = {"id": "r", "imp": [{"id": "1", "banner": {"w": 300, "h": 250}}], **parts}
    return parse(json.dumps(body).encode())


def why(**parts: Any) -> str:
    privacy = read(request(**parts), VENDOR)
    assert privacy.personal is (privacy.why == "")
    assert privacy.personal or not privacy.precise_geo
    return privacy.why


def test_without_a_signal_everything_may_be_used():
    assert read(request(), VENDOR) == FREE
    assert read(request(regs={}, user={}, device={}), VENDOR) == FREE


def test_coppa_forbids_first():
    regs = {"coppa": 1, "gdpr": 1, "us_privacy": "1YYN"}
    assert read(request(regs=regs), VENDOR) == Privacy(
        personal=False, precise_geo=False, coppa=True, why="coppa"
    )


@pytest.mark.parametrize("regs", [{"gdpr": 1}, {"ext": {"gdpr": 1}}, {"ext": {"gdpr": "1"}}])
@pytest.mark.parametrize(
    ("user", "found"),
    [
        ({}, "gdpr_no_consent"),
        ({"consent": "rubbish"}, "gdpr_no_consent"),
        ({"consent": NO}, "gdpr_no_consent"),
        ({"ext": {"consent": NO}}, "gdpr_no_consent"),
        ({"consent": YES}, ""),
        ({"ext": {"consent": YES}}, ""),
    ],
)
def test_gdpr_needs_consent(regs: dict, user: dict, found: str):
    assert why(regs=regs, user=user) == found


def test_no_user_and_no_vendor_id_is_no_consent():
    assert why(regs={"gdpr": 1}) == "gdpr_no_consent"
    consented = request(regs={"gdpr": 1}, user={"consent": YES})
    assert read(consented, 0).why == "gdpr_no_consent"


def test_a_consent_string_alone_does_not_make_it_europe():
    assert why(user={"consent": NO}) == ""
    assert why(regs={"gdpr": 0}, user={"consent": NO}) == ""


def test_europe_gives_the_precise_place_only_with_its_own_consent():
    precise = tc_string(vendors=[VENDOR], features=[1])
    assert read(request(regs={"gdpr": 1}, user={"consent": YES}), VENDOR) == COARSE
    assert read(request(regs={"gdpr": 1}, user={"consent": precise}), VENDOR) == FREE


@pytest.mark.parametrize("regs", [{"us_privacy": "1YYN"}, {"ext": {"us_privacy": "1NY-"}}])
def test_the_us_privacy_string_opts_out(regs: dict):
    assert why(regs=regs) == "us_privacy_opt_out"


@pytest.mark.parametrize("place", [lambda regs: regs, lambda regs: {"ext": regs}])
def test_gpp_opts_out_and_brings_europe(place: Any):
    out = gpp_string({7: us_section({18: 1})})
    assert why(regs=place({"gpp": out, "gpp_sid": [7]})) == "gpp"
    assert why(regs=place({"gpp": gpp_string({2: NO}), "gpp_sid": [2]})) == "gdpr_no_consent"
    assert why(regs=place({"gpp": gpp_string({2: YES}), "gpp_sid": [2]})) == ""


@pytest.mark.parametrize(
    ("device", "found"),
    [
        ({"lmt": 1}, "lmt"),
        ({"lmt": "1"}, "lmt"),
        ({"ifa": ZEROS}, "lmt"),
        ({"dnt": 1}, "dnt"),
        ({"lmt": 0, "dnt": 0, "ifa": IFA}, ""),
    ],
)
def test_the_device_opts_out(device: dict, found: str):
    assert why(device=device) == found


@pytest.mark.parametrize("gpc", ["1", 1])
def test_global_privacy_control_opts_out(gpc: object):
    assert why(regs={"ext": {"gpc": gpc}}) == "gpc"


EVERYTHING: dict[str, Any] = {
    "user": {
        "id": "theirs",
        "buyeruid": "ours",
        "eids": [{"source": "id5-sync.com", "uids": [{"id": "five"}]}],
    },
    "device": {"ifa": IFA},
}


def without(*names: str) -> dict[str, Any]:
    user = {name: value for name, value in EVERYTHING["user"].items() if name not in names}
    return {"user": user, "device": {} if "ifa" in names else EVERYTHING["device"]}


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        (EVERYTHING, "ours"),
        (without("buyeruid"), IFA.lower()),
        (without("buyeruid", "ifa"), "id5-sync.com:five"),
        (without("buyeruid", "ifa", "eids"), "acme:theirs"),
        (without("buyeruid", "ifa", "eids", "id"), ""),
        ({}, ""),
        ({"user": {"buyeruid": "x" * 300, "id": "theirs"}}, "acme:theirs"),
        ({"user": {"eids": [{"uids": [{"id": "nobody's"}]}, {"source": "a.com"}]}}, ""),
    ],
)
def test_the_best_id(parts: dict, found: str):
    assert best_id(request(**parts), FREE, "acme") == found


def test_no_id_where_none_may_be_used():
    forbidden = read(request(**EVERYTHING, regs={"coppa": 1}), VENDOR)
    assert best_id(request(**EVERYTHING), forbidden, "acme") == ""


SIGNALS: dict[str, dict[str, dict[str, Any]]] = {
    "coppa": {"regs": {"coppa": 1}},
    "gdpr": {"regs": {"gdpr": 1}},
    "us": {"regs": {"us_privacy": "1YYY"}},
    "gpp": {"regs": {"gpp_sid": [7]}},
    "gpc": {"regs": {"ext": {"gpc": "1"}}},
    "lmt": {"device": {"lmt": 1}},
    "dnt": {"device": {"dnt": 1}},
    "zeros": {"device": {"ifa": ZEROS}},
}


@given(st.sets(st.sampled_from(sorted(SIGNALS)), min_size=1))
def test_a_signal_never_takes_another_one_back(names: set[str]):
    parts: dict[str, dict[str, Any]] = {"user": dict(EVERYTHING["user"])}
    for name in names:
        for key, value in SIGNALS[name].items():
            parts[key] = {**parts.get(key, {}), **value}
    asked = request(**parts)
    privacy = read(asked, VENDOR)
    assert not privacy.personal
    assert best_id(asked, privacy, "acme") == ""


@given(
    regs=st.dictionaries(
        st.sampled_from(["coppa", "gdpr", "us_privacy", "gpp", "gpp_sid", "ext"]),
        st.none() | st.integers() | st.text() | st.lists(st.integers()),
    ),
    consent=st.text(),
)
def test_nothing_makes_it_fail(regs: dict, consent: str):
    asked = request(regs=regs, user={"consent": consent})
    assert isinstance(read(asked, VENDOR), Privacy)
