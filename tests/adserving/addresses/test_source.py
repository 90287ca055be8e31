"""Where a request comes from."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserving.addresses.source import Source, source_of


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("8.8.8.8", "8.8.8.8"),
        (" 8.8.8.8:4711 ", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("2a00:1450:4001:80b::200e", "2a0014504001080b"),
        ("[2a00:1450:4001:80b::1]:443", "2a0014504001080b"),
        ("127.0.0.1", ""),
        ("10.1.2.3", ""),
        ("100.64.0.1", ""),
        ("198.51.100.7", ""),
        ("::1", ""),
        ("fd00::1", ""),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_only_a_public_address_is_counted_and_ipv6_by_its_64(text, key):
    assert source_of(text).key == key


def test_a_private_address_is_known_all_the_same():
    assert source_of("10.1.2.3").address == ip_address("10.1.2.3")


@given(st.text(max_size=50))
def test_no_text_raises(text):
    assert isinstance(source_of(text), Source)
