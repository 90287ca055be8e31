"""TCF strings, as consent tools write them (pure).

IAB Europe's Transparency and Consent String v2.2, core segment: fields of fixed width in bits,
base64url without padding.
"""

import base64
from typing import Final

WRITTEN_DECISECONDS: Final = 17_356_896_000  # 2025-01-01
PURPOSES: Final = 10
VENDORS: Final = 1_200  # 1 to this one are consented to
ALL_PURPOSES: Final = ((1 << PURPOSES) - 1) << (24 - PURPOSES)  # purpose 1 is the first of 24 bits
CMP_ID, CMP_VERSION, SCREEN, LIST_VERSION, POLICY_VERSION = 300, 1, 1, 150, 5


def tcf_string(*, consented: bool) -> str:
    """Consent to every purpose and to vendors 1 to 1,200, or to nothing."""
    purposes = ALL_PURPOSES if consented else 0
    bits = "".join(
        (
            f"{2:06b}{WRITTEN_DECISECONDS:036b}{WRITTEN_DECISECONDS:036b}",
            f"{CMP_ID:012b}{CMP_VERSION:012b}{SCREEN:06b}{_letters('EN')}",
            f"{LIST_VERSION:012b}{POLICY_VERSION:06b}",
            "00",  # neither service-specific nor with texts of its own
            f"{0:012b}{purposes:024b}{purposes:024b}",
            f"0{_letters('DE')}",
            _vendors(VENDORS if consented else 0),  # consent
            _vendors(VENDORS if consented else 0),  # legitimate interest
            f"{0:012b}",  # no restrictions by the publisher
        )
    )
    padded = bits + "0" * (-len(bits) % 8)
    octets = int(padded, 2).to_bytes(len(padded) // 8, "big")
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _letters(pair: str) -> str:
    return "".join(f"{ord(letter) - ord('A'):06b}" for letter in pair)


def _vendors(last: int) -> str:
    """Vendors 1 to ``last``, as one range; an empty bit field for none."""
    if not last:
        return f"{0:016b}0"
    return f"{last:016b}1{1:012b}1{1:016b}{last:016b}"
