"""The three forms of a native request, and what cannot be read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtb.openrtb.native import LONGEST_REMEMBERED, assets_of
from rtb.openrtb.parse import parse
from rtb.openrtb.request import Native
from tests.rtb.requests import NATIVE_ASSETS, NATIVE_FORMS, native_request


def read(value):
    return assets_of(Native(request=value))


@pytest.mark.parametrize("form", sorted(NATIVE_FORMS))
def test_every_form_says_the_same(form):
    body = json.dumps(native_request(form=form)).encode()
    native = parse(body).imp[0].native
    assert native is not None
    found = assets_of(native)
    assert found is not None
    assert found == read(NATIVE_FORMS["string"](NATIVE_ASSETS))
    assert [asset.id for asset in found.assets] == [1, 2, 3, 4, 5, 6]
    assert found.eventtrackers[0].methods == (1, 2)


def test_a_wrapped_object_is_unwrapped_too():
    assert read({"native": NATIVE_ASSETS}) == read(NATIVE_ASSETS)


def test_defaults_are_those_of_the_specification():
    found = read('{"assets": [{"id": 1, "title": {"len": 25}}]}')
    assert found is not None
    assert (found.plcmtcnt, found.privacy, found.assets[0].required) == (1, 0, 0)


def test_wrong_types_are_repaired():
    found = read('{"assets": [{"id": "1", "required": true, "title": {"len": "25"}}, 7]}')
    assert found == read('{"assets": [{"id": 1, "required": 1, "title": {"len": 25}}]}')


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "{",
        "null",
        "[]",
        "7",
        "{}",
        '{"assets": []}',
        '{"assets": [{"title": {"len": 5}}]}',
        '{"assets": [null]}',
        '{"native": {}}',
        '{"native": null}',
        '"\\ud800"',
        '{"assets": ' + "[" * 100_000,
        '{"assets": 1' + "0" * 5000 + "}",
        {},
        {"native": {"assets": [{"id": None}]}},
    ],
)
def test_what_cannot_be_read_is_none(value):
    assert read(value) is None


def test_a_long_request_is_read_and_not_remembered():
    long = json.dumps(NATIVE_ASSETS | {"note": "x" * LONGEST_REMEMBERED})
    assert read(long) == read(json.dumps(NATIVE_ASSETS))


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_any_text_is_read_or_none(text):
    assert read(text) is None
