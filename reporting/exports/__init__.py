"""Reports as files: CSV at once, and exports of large results made in the background."""

from reporting.exports.csv_lines import cell, lines, to_csv

__all__ = ["cell", "lines", "to_csv"]
