"""Numbers out of a web-safe base64 string, bit by bit (pure).

Nothing is copied or unpacked before it is asked for, and reading past the end raises: a cut string
must never look like one that says no more.
"""

from base64 import b64decode
from typing import Final

MAX_CHARS: Final = 2_000  # real segments have up to 900; a longer one could cost a millisecond
SEXTET: Final = 6
OCTET: Final = 8


class BadConsent(Exception):
    """The string is not what its format prescribes."""


class Bits:
    """The bits of one segment, read forwards from ``at``."""

    __slots__ = ("_data", "_length", "at")

    def __init__(self, text: str) -> None:
        if len(text) > MAX_CHARS:
            raise BadConsent(f"more than {MAX_CHARS} characters")
        text = text.rstrip("=")
        try:  # GPP counts in sextets: a segment may end where base64 never does, so fill up with 0
            self._data = b64decode(text + "A" * (-len(text) % 4), altchars=b"-_", validate=True)
        except ValueError as exc:
            raise BadConsent("not base64") from exc
        self._length = len(text) * SEXTET
        self.at = 0

    def number(self, width: int) -> int:
        """The next ``width`` bits."""
        start, self.at = self.at, self.at + width
        if self.at > self._length:
            raise BadConsent("ends too early")
        last = (self.at + OCTET - 1) // OCTET
        value = int.from_bytes(self._data[start // OCTET : last])
        return (value >> (last * OCTET - self.at)) & ((1 << width) - 1)

    def flag(self, position: int) -> bool:
        """The bit at a place; the place of reading stays."""
        if position >= self._length:
            raise BadConsent("ends too early")
        return bool(self._data[position // OCTET] >> (OCTET - 1 - position % OCTET) & 1)

    def skip(self, width: int) -> None:
        self.at += width
        if self.at > self._length:
            raise BadConsent("ends too early")

    def fibonacci(self) -> int:
        """The next number in Fibonacci coding, which ends in two ones."""
        total, previous, current, was_one = 0, 1, 1, 0
        for _ in range(32):
            bit = self.number(1)
            if bit and was_one:
                return total
            total += current if bit else 0
            previous, current, was_one = current, previous + current, bit
        raise BadConsent("a number without an end")
