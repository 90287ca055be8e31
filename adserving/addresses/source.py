"""The address that a request comes from, as the rules about sources see it; pure."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

from adserving.addresses.ranges import Address

CACHED_SOURCES: Final = 20_000
HOST_BITS: Final = 64  # a household or a server is given a whole /64 of IPv6


@dataclass(frozen=True, slots=True)
class Source:
    """``key`` is what is counted: an IPv4 address, or the /64 of an IPv6 one; "" unless public.

    An address that is not public is a proxy that TRUSTED_PROXIES does not know of, or a test: all
    visitors would share it, so nothing is counted by it.
    """

    key: str = ""
    address: Address | None = None


@lru_cache(CACHED_SOURCES)
def source_of(text: str) -> Source:
    """The source named by REMOTE_ADDR or an entry of X-Forwarded-For; never raises."""
    address = _address(text)
    if address is None:
        return Source()
    return Source(_key(address) if address.is_global else "", address)


def _address(text: str) -> Address | None:
    """Some proxies add the port: 192.0.2.7:1234 or [2001:db8::1]:1234."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _key(address: Address) -> str:
    if isinstance(address, IPv6Address):
        return f"{int(address) >> HOST_BITS:x}"
    return str(address)
