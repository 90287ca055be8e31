"""Builders: recorded headline tests of our own, as arrays and as a file."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from optimization.bench.headlines.recorded import Recorded

WORDS = ("rain", "boat", "salt", "noon", "fern", "clay", "mint", "tide")


def recorded(tests=40, arms=4, seed=0, spread=0.4) -> Recorded:
    rng = np.random.default_rng(seed)
    log_odds = -4 + rng.normal(0, spread, (tests, arms))
    shown = np.full((tests, arms), 3000.0)
    clicks = rng.binomial(3000, 1 / (1 + np.exp(-log_odds))).astype(float)
    texts = tuple(tuple(f"{WORDS[(t + a) % 8]} {t} {a}" for a in range(arms)) for t in range(tests))
    return Recorded(shown, clicks, np.ones((tests, arms), bool), texts)


def write(path: Path, rows) -> Path:
    """Rows: test, headline, image, impressions, clicks, week."""
    names = (
        "clickability_test_id", "headline", "eyecatcher_id", "impressions", "clicks", "test_week",
    )  # fmt: skip
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    parquet.write_table(pa.table(columns), path)
    return path
