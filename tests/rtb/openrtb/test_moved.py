"""Moved fields: the place of 2.6 first, else that of 2.5."""

import json

import pytest

from rtb.openrtb import moved
from rtb.openrtb.parse import parse
from tests.rtb.requests import CHAIN, banner_request

OTHER_CHAIN = CHAIN | {"complete": 0}
EIDS = [{"source": "id.example", "uids": [{"id": "e1", "atype": 1}]}]

# name: (function, request in 2.6 form, the same in 2.5 form, what is read from either)
PLACES = {
    "consent": (
        moved.consent,
        {"user": {"consent": "C"}},
        {"user": {"ext": {"consent": "C"}}},
        "C",
    ),
    "gdpr": (moved.gdpr, {"regs": {"gdpr": 1}}, {"regs": {"ext": {"gdpr": 1}}}, 1),
    "no gdpr": (moved.gdpr, {"regs": {"gdpr": 0}}, {"regs": {"ext": {"gdpr": 0}}}, 0),
    "us_privacy": (
        moved.us_privacy,
        {"regs": {"us_privacy": "1YYN"}},
        {"regs": {"ext": {"us_privacy": "1YYN"}}},
        "1YYN",
    ),
    "gpp": (moved.gpp, {"regs": {"gpp": "D"}}, {"regs": {"ext": {"gpp": "D"}}}, "D"),
    "gpp_sid": (
        moved.gpp_sid,
        {"regs": {"gpp_sid": [7, 8]}},
        {"regs": {"ext": {"gpp_sid": [7, 8]}}},
        (7, 8),
    ),
}
NOTHING = {"consent": "", "gdpr": None, "us_privacy": "", "gpp": "", "gpp_sid": ()}


def read(**fields):
    return parse(json.dumps(banner_request(**{"source": None, **fields})).encode())


@pytest.mark.parametrize(("function", "new", "old", "expected"), PLACES.values(), ids=PLACES)
def test_both_places_are_read(function, new, old, expected):
    assert function(read(**new)) == function(read(**old)) == expected


@pytest.mark.parametrize(("name", "expected"), NOTHING.items())
@pytest.mark.parametrize("fields", [{"user": None}, {"regs": {}, "user": {"ext": {}}}])
def test_neither_place_is_nothing(name, expected, fields):
    assert getattr(moved, name)(read(**fields)) == expected


def test_the_newer_place_wins():
    both = read(
        user={"consent": "new", "ext": {"consent": "old"}},
        regs={"gdpr": 0, "us_privacy": "1---", "ext": {"gdpr": 1, "us_privacy": "1YYY"}},
    )
    assert (moved.consent(both), moved.gdpr(both), moved.us_privacy(both)) == ("new", 0, "1---")


@pytest.mark.parametrize(
    "fields",
    [
        {"source": {"schain": CHAIN}},
        {"source": {"ext": {"schain": CHAIN}}},
        {"ext": {"schain": CHAIN}},
        {"source": {"fd": 1}, "ext": {"schain": CHAIN}},
        {
            "source": {"schain": CHAIN, "ext": {"schain": OTHER_CHAIN}},
            "ext": {"schain": OTHER_CHAIN},
        },
    ],
    ids=["2.6", "2.5", "2.4", "2.4 beside a source", "all three"],
)
def test_the_supply_chain_is_found(fields):
    chain = moved.schain(read(**fields))
    assert chain is not None
    assert (chain.complete, chain.nodes[0].sid) == (1, "pub-1")


def test_no_supply_chain_is_none():
    assert moved.schain(read()) is None


@pytest.mark.parametrize("user", [{"eids": EIDS}, {"ext": {"eids": EIDS}}])
def test_identifiers_of_providers_are_found(user):
    assert moved.eids(read(user=user))[0].uids[0].id == "e1"


@pytest.mark.parametrize(
    ("sent", "expected"), [("1", True), (1, True), ("0", False), (None, False)]
)
def test_global_privacy_control_is_text_or_a_number(sent, expected):
    assert moved.gpc(read(regs={"ext": {"gpc": sent}})) is expected


def test_the_digital_services_act_is_read():
    dsa = moved.dsa(read(regs={"ext": {"dsa": {"dsarequired": 3, "pubrender": 0}}}))
    assert dsa is not None
    assert dsa.dsarequired == 3
    assert moved.dsa(read(regs={})) is None
