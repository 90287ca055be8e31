"""`python -m tests.bench.optimiser_scale`: one retrain over a million combinations, one core.

Prints JSON: seconds of each step, their sum, and the peak of resident memory in MB.
"""

import argparse
import json
import os
import resource
import time

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
os.environ.update(dict.fromkeys(THREADS, "1"))

import numpy as np

from optimization.engines import engine
from optimization.problem import Counts, Grid, Plan, Problem, Texts

DIMENSIONS = 384  # of embeddings, as MiniLM's
RATE = 0.01


def main() -> None:
    options = _options()
    sizes = tuple(map(int, options.sizes.split("x")))
    print(json.dumps(measure(sizes, options.rows, options.segments, options.samples), indent=2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10x10x10x10x10x10", help="values per component")
    parser.add_argument("--rows", type=int, default=640, help="combinations with impressions")
    parser.add_argument("--segments", type=int, default=1)
    parser.add_argument("--samples", type=int, default=256)
    return parser.parse_args()


def measure(
    sizes: tuple[int, ...], rows: int, segments: int, samples: int
) -> dict[str, float | int]:
    """One retrain, with its hyper-parameters fitted, of simulated counts."""
    rng = np.random.default_rng(0)
    problem = _problem(sizes, rows, segments, rng)
    grid = Grid(sizes, tuple(np.ones(size, dtype=bool) for size in sizes))
    learner, before = engine("tab"), _peak_mb()
    start, busy = time.perf_counter(), time.process_time()
    learned = learner.learn(problem, grid, Plan(q=32, samples=samples), rng)
    total, busy = time.perf_counter() - start, time.process_time() - busy
    steps = {f"{step}_seconds": round(each, 3) for step, each in learned.seconds.items()}
    return {
        "combinations": int(np.prod(np.array(sizes, dtype=object))),
        "rows": rows,
        "segments": segments,
        "samples": samples,
        **steps,
        "total_seconds": round(total, 3),
        "cpu_seconds": round(busy, 3),
        "peak_mb": _peak_mb(),
        "peak_before_mb": before,
    }


def _problem(sizes: tuple[int, ...], rows: int, segments: int, rng: np.random.Generator) -> Problem:
    values = np.stack([rng.integers(size, size=rows) for size in sizes], axis=1)
    segment = rng.integers(segments, size=rows)
    effects = sum(rng.normal(0, 0.2, size)[values[:, c]] for c, size in enumerate(sizes))
    trials = rng.geometric(1 / 300, size=rows).astype(np.float64)
    clicks = rng.binomial(trials.astype(np.int64), RATE * np.exp(effects)).astype(np.float64)
    counts = Counts(values, segment, trials, clicks, np.ones(rows))
    embeddings = [rng.normal(size=(size, DIMENSIONS)) for size in sizes]
    unit = tuple(each / np.linalg.norm(each, axis=1, keepdims=True) for each in embeddings)
    return Problem(sizes, segments, counts, Texts(unit, (None,) * len(sizes)))


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
