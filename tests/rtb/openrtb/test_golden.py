"""Golden requests: what is read from each, named for the behaviour.

``expect`` maps a path of the parsed request, or a question such as ``consent()``, to its answer;
``refused`` says that the request is no request, and why.
"""

import json
from pathlib import Path

import msgspec
import pytest

from rtb.openrtb import currency, moved, native, places
from rtb.openrtb.parse import BadRequest, parse

GOLDEN = sorted((Path(__file__).parents[2] / "golden" / "openrtb" / "requests").glob("*.json"))
QUESTIONS = {
    **{name: getattr(moved, name) for name in ("consent", "dsa", "eids", "gdpr", "gpc", "gpp")},
    **{name: getattr(moved, name) for name in ("gpp_sid", "schain", "us_privacy")},
    **{name: getattr(places, name) for name in ("country", "device_type", "inventory", "os")},
    "region": places.region,
    "currencies": lambda request: currency.allowed(request.cur),
    "native": lambda request: native.assets_of(request.imp[0].native),
}


def answer(request, path: str):
    value = request
    for step in path.split("."):
        if step.endswith("()"):
            value = QUESTIONS[step[:-2]](value)
        else:
            value = value[int(step)] if step.isdigit() else getattr(value, step)
    return json.loads(msgspec.json.encode(value))  # lists, not tuples


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_request_is_read_as_its_file_says(path):
    golden = json.loads(path.read_bytes())
    body = json.dumps(golden["request"]).encode()
    if "refused" in golden["expect"]:
        with pytest.raises(BadRequest, match=golden["expect"]["refused"]):
            parse(body)
        return
    request = parse(body)
    assert {name: answer(request, name) for name in golden["expect"]} == golden["expect"]


def test_there_are_golden_requests():
    assert len(GOLDEN) >= 25
