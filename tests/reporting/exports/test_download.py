"""The file on its way to the client."""

import gzip
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.exports.download import MOST, takes_gzip, unpacked


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True),
        ("br, GZIP ;q=0.1", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip;q=x", False),
    ],
)
def test_gzip_goes_to_who_takes_it(header, taken):
    assert takes_gzip(header) is taken


@given(st.binary(max_size=5000), st.integers(1, 100))
def test_any_content_comes_back_from_pieces_of_any_size(content, size):
    packed = gzip.compress(content)
    pieces = (packed[at : at + size] for at in range(0, len(packed), size))
    assert b"".join(unpacked(pieces)) == content


def test_what_unpacks_to_a_lot_comes_in_bounded_pieces():
    content = b"a" * (20 * MOST) + random.Random(1).randbytes(1000)
    sizes = [len(piece) for piece in unpacked(iter([gzip.compress(content)]))]
    assert sum(sizes) == len(content)
    assert max(sizes) <= MOST
