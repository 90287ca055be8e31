"""Putting a table between its marks in docs/benchmarks.md."""

import re
import sys
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs/benchmarks.md"


def write(name: str, table: str) -> None:
    """``name``: of the marks, as in <!-- doors -->. Exits when the document has no place for it."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    text = DOCUMENT.read_text(encoding="utf-8")
    if begin not in text or end not in text:
        sys.exit(f"{DOCUMENT} has no place for it: {begin} … {end}")
    pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
    replaced = re.sub(pattern, lambda _: f"{begin}\n{table}\n{end}", text, flags=re.DOTALL)
    DOCUMENT.write_text(replaced, encoding="utf-8")
