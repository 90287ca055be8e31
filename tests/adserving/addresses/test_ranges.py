"""Sets of addresses against Python's own ipaddress module."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserving.addresses.ranges import (
    V4_BYTES,
    V6_BYTES,
    AddressSet,
    BadList,
    Spans,
    merge,
    pack,
    parse,
    unpack,
)

NUMBERS = st.integers(0, 200)
PAIRS = st.lists(st.tuples(NUMBERS, NUMBERS).map(sorted).map(tuple), max_size=12)
EVERY = range(-2, 204)


def members(spans: Spans) -> set[int]:
    return {number for number in EVERY if number in spans}


def spelled_out(pairs) -> set[int]:
    return {number for first, last in pairs for number in range(first, last + 1)}


@given(PAIRS)
def test_merging_keeps_the_numbers_and_leaves_gaps_between_ranges(pairs):
    spans = merge(pairs)
    assert members(spans) == spelled_out(pairs)
    assert spans.size == len(spelled_out(pairs))
    assert all(end + 1 < start for end, start in zip(spans.ends, spans.starts[1:], strict=False))


@given(PAIRS, PAIRS)
def test_sets_are_added_and_taken_away(left, right):
    ours, theirs = AddressSet(v6=merge(left)), AddressSet(v6=merge(right))
    assert members((ours | theirs).v6) == spelled_out(left) | spelled_out(right)
    assert members((ours - theirs).v6) == spelled_out(left) - spelled_out(right)


@given(st.lists(st.ip_addresses(v=4).map(int), max_size=9))
def test_packed_ranges_are_unpacked(numbers):
    spans = merge([(number, number) for number in numbers])
    assert unpack(pack(spans, V4_BYTES), V4_BYTES) == spans
    assert unpack(pack(spans, V6_BYTES), V6_BYTES) == spans


@given(st.integers(3, 32), st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_a_network_holds_what_the_standard_library_says(prefix, inside, other):
    network = ip_network((int(inside), prefix), strict=False)
    listed = parse([str(network)])
    assert inside in listed
    assert (other in listed) == (other in network)


def test_a_list_has_comments_blanks_and_both_versions():
    listed = parse(
        ["\ufeff# clouds", "", "192.0.2.7 ; one", "  198.51.100.0/25", "2001:db8::/32# all"]
    )
    assert len(listed) == 3
    assert ip_address("192.0.2.7") in listed
    assert ip_address("198.51.100.127") in listed
    assert ip_address("198.51.100.128") not in listed
    assert ip_address("2001:db8:ffff::1") in listed
    assert ip_address("2001:db9::") not in listed


def test_versions_do_not_mix():
    assert ip_address("::c000:207") not in parse(["192.0.2.7"])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("10.0.0.0/33", "10.0.0.0/33"),
        ("10.0.0.7/24", "host bits"),
        ("example.com", "write 192.0.2.7"),
        ("0.0.0.0/0", "eighth of the internet"),
        ("::/2", "eighth of the internet"),
        ("1.2.3.4 5.6.7.8", "is no address"),
    ],
)
def test_a_bad_line_is_named_with_what_to_write(line, says):
    with pytest.raises(BadList, match="line 2: ") as caught:
        parse(["192.0.2.1", line])
    assert says in str(caught.value)
