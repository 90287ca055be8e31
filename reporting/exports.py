"""Reports as files: CSV that a spreadsheet opens as data, never as formulas; pure."""

import csv
import io
from typing import Final

from reporting.query import COUNTS, RATIOS, ReportQuery
from reporting.result import Report

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")  # OWASP, CSV injection


def to_csv(report: Report, query: ReportQuery) -> str:
    """A header line and one line per row."""
    fields = [*query.group_fields, *COUNTS, *RATIOS]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(fields)
    writer.writerows([cell(row[name]) for name in fields] for row in report.rows)
    return out.getvalue()


def cell(value: float | str | None) -> int | float | str:
    """The value as a cell: text that would start a formula gets a leading apostrophe."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    return "" if value is None else value
