"""Recorded headline tests, read from a Parquet file in the archive's columns.

Upworthy Research Archive (Matias et al., Scientific Data 2021). Tests count where one image was
shown with at least two headlines, outside the weeks for which the archive reports a fault.
"""

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from optimization.problem import Bools, Floats

COLUMNS = (
    "clickability_test_id", "headline", "eyecatcher_id", "impressions", "clicks", "test_week",
)  # fmt: skip
FAULTY_WEEKS = (201326, 201402)  # first and last

Row = tuple[str, str, str, int, int]  # test, headline, image, impressions, clicks


class HeadlinesUnreadable(Exception):
    """The file is missing, no Parquet, lacks a column or holds no usable test."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Tests as rows, their headlines as columns; shorter tests are padded: T x A."""

    impressions: Floats  # (T, A)
    clicks: Floats  # (T, A)
    there: Bools  # (T, A) a headline, not padding
    texts: tuple[tuple[str, ...], ...]  # per test

    @property
    def all_texts(self) -> tuple[str, ...]:
        """Each headline once, sorted."""
        return tuple(sorted({text for test in self.texts for text in test}))


def load(path: Path) -> Recorded:
    """Raises HeadlinesUnreadable."""
    tests = [arms for arms in _tests(_rows(path)) if arms]
    if not tests:
        raise HeadlinesUnreadable(f"{path} holds no test of one image and two or more headlines")
    width = max(map(len, tests))
    counts = np.zeros((2, len(tests), width))
    there = np.zeros((len(tests), width), bool)
    for t, arms in enumerate(tests):
        counts[:, t, : len(arms)] = np.array(list(arms.values())).T
        there[t, : len(arms)] = True
    return Recorded(counts[0], counts[1], there, tuple(tuple(arms) for arms in tests))


def _rows(path: Path) -> list[Row]:
    import pyarrow as pa  # noqa: PLC0415  (comes with chdb; 0.2 s that only this needs)
    from pyarrow import parquet  # noqa: PLC0415

    try:
        columns = parquet.read_table(path, columns=list(COLUMNS)).to_pydict()
        rows = zip(*(columns[name] for name in COLUMNS), strict=True)
        return [_row(*row[:5]) for row in rows if _counts(*row)]
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise HeadlinesUnreadable(f"{path} is no file of headline tests: {error}") from error


def _counts(*row: object) -> bool:
    """Whether a row is one to count: shown at all, in a week without fault."""
    test, headline, _, impressions, _, week = row
    return bool(test and headline and impressions) and not _is_faulty(week)


def _row(test: object, headline: object, image: object, impressions: object, clicks: object) -> Row:
    """Raises ValueError for counts that cannot be."""
    shown, clicked = int(str(impressions)), int(str(clicks or 0))
    if not 0 <= clicked <= shown:
        raise ValueError(f"{clicked} clicks of {shown} impressions in test {test}")
    return str(test), str(headline), str(image), shown, clicked


def _is_faulty(week: object) -> bool:
    return week is not None and FAULTY_WEEKS[0] <= int(str(week)) <= FAULTY_WEEKS[1]


def _tests(rows: list[Row]) -> list[dict[str, tuple[int, int]]]:
    """Per test impressions and clicks by headline; empty where it is not one to count."""
    return [_arms(list(group)) for _, group in groupby(sorted(rows), key=lambda row: row[0])]


def _arms(rows: list[Row]) -> dict[str, tuple[int, int]]:
    if len({image for _, _, image, _, _ in rows}) > 1:
        return {}
    arms: dict[str, tuple[int, int]] = {}
    for _, headline, _, shown, clicked in rows:
        before = arms.get(headline, (0, 0))
        arms[headline] = (before[0] + shown, before[1] + clicked)
    return arms if len(arms) > 1 else {}
