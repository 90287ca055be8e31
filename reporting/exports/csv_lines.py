"""Reports as CSV that a spreadsheet opens as data, never as formulas; pure.

RFC 4180: CRLF between lines, quotes where they are needed. OWASP, "CSV injection": text that would
start a formula gets a leading apostrophe; numbers stay numbers, negative ones too.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from reporting.query import COUNTS, RATIOS, ReportQuery
from reporting.result import Report

# the last four are the wide forms, which spreadsheets of East Asia read alike
FORMULA_STARTS: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
BOM: Final = "\ufeff"  # with it Excel reads UTF-8

Value = int | float | str | None


def lines(fields: Sequence[str], rows: Iterable[Mapping[str, Value]]) -> Iterator[str]:
    """A header line, then a line per row, as they come; a field that a row lacks is empty."""
    writer = csv.writer(_Line(), lineterminator="\r\n")
    yield writer.writerow([cell(name) for name in fields])
    for row in rows:
        yield writer.writerow([cell(row.get(name)) for name in fields])


def to_csv(report: Report, query: ReportQuery) -> str:
    """The report's page; without totals."""
    return "".join(lines([*query.group_fields, *COUNTS, *RATIOS], report.rows))


def cell(value: Value) -> int | float | str:
    """The value as a cell."""
    if isinstance(value, str):
        formula = value.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(value)
        return f"'{value}" if formula else value
    return "" if value is None else value


class _Line:
    """What csv.writer writes to: hands each line back as the result of ``writerow``."""

    def write(self, text: str) -> str:
        return text
