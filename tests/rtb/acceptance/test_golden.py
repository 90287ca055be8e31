"""The golden requests through the door: those that are no requests get 400, the others do not."""

import json
from pathlib import Path

import msgspec
import pytest

from rtb.openrtb.parse import parse
from tests.rtb.acceptance.rich import problems

FOLDER = Path(__file__).parents[2] / "golden" / "openrtb" / "requests"
ILL_TYPED = {"wrong-types-of-optional-fields-are-absent", "numbers-as-text-floats-and-booleans"}
GOLDEN = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_request_is_answered_as_it_deserves(open_to_all, path):
    golden = json.loads(path.read_bytes())
    answer = open_to_all.ask(golden["request"])
    if "refused" in golden["expect"]:
        assert (answer.status, answer.body) == (400, b"")
    elif answer.status == 200:
        asked = golden["request"] if path.stem not in ILL_TYPED else repaired(golden["request"])
        assert problems(asked, answer) == []
    else:
        assert (answer.status, answer.body) == (204, b"")


def repaired(request):
    """As its types should have been: the validator reads no others."""
    parsed = json.loads(msgspec.json.encode(parse(json.dumps(request).encode())))
    return without_nothing(parsed)


def without_nothing(value):
    if isinstance(value, list):
        return [without_nothing(each) for each in value]
    if isinstance(value, dict):
        return {name: without_nothing(each) for name, each in value.items() if each is not None}
    return value


def test_there_are_requests_of_both_kinds():
    refused = ["refused" in json.loads(path.read_bytes())["expect"] for path in GOLDEN]
    assert sum(refused) >= 5
    assert refused.count(False) >= 25
