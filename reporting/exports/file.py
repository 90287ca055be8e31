"""Write lines of CSV to a compressed file, of any length in bounded memory."""

import gzip
from collections.abc import Callable, Iterable
from typing import IO, Final

from reporting.exports.csv_lines import BOM

LEVEL: Final = 4
SHARE: Final = 1000  # lines between two looks at the clock and the limit


class TooManyRows(Exception):
    """The report is longer than an export may be."""


def write(
    out: IO[bytes],
    lines: Iterable[str],
    *,
    bom: bool,
    max_rows: int,
    alive: Callable[[int], None],
) -> int:
    """Write the lines and return how many rows there were beside the header.

    ``alive`` is called with the number of rows so far every ``SHARE`` lines and at the end.

    Raises:
        TooManyRows: there are more than ``max_rows``.
    """
    count = 0
    with gzip.open(out, "wt", compresslevel=LEVEL, encoding="utf-8", newline="") as packed:
        if bom:
            packed.write(BOM)
        for count, line in enumerate(lines):
            if count > max_rows:
                raise TooManyRows
            if count % SHARE == 0:
                alive(count)
            packed.write(line)
    alive(count)
    return count
