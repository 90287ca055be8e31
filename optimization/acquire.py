"""qEI of many batches on shared joint samples (pure).

    score(batch) = mean_s max(0, max_{x in batch} f_s(x) - inc_s)

docs/optimiser.md.
"""

import numpy as np
from numpy.typing import NDArray

from optimization.problem import Floats, Ints

Singles = NDArray[np.float32]
CHUNK_NUMBERS = 4_000_000  # gathered at once: 16 MB


def incumbents(utilities: Singles, means: Floats, served: Ints, *, learn: bool) -> Singles:
    """What has to be beaten in each sample, (S,), by utilities (m, S) with posterior means (m,).

    To earn: the largest posterior mean of what serves now (``served``: rows of the utilities), the
    same in every sample. To learn (NEI): the best of what serves in each sample. With nothing
    served, nothing has to be beaten.
    """
    samples = utilities.shape[1]
    if not served.size:
        return np.full(samples, utilities.min(), dtype=np.float32)
    if learn:
        noisy: Singles = utilities[served].max(axis=0)
        return noisy
    return np.full(samples, means[served].max(), dtype=np.float32)


def qei(utilities: Singles, batches: Ints, incumbent: Singles) -> Floats:
    """The score of every batch: ``batches`` (B, q) are rows of the utilities (m, S); (B,)."""
    size = max(1, CHUNK_NUMBERS // max(1, batches.shape[1] * utilities.shape[1]))
    scores = np.empty(len(batches))
    for start in range(0, len(batches), size):
        chunk = batches[start : start + size]
        best = utilities[chunk[:, 0]]
        for column in chunk.T[1:]:
            np.maximum(best, utilities[column], out=best)
        scores[start : start + size] = np.maximum(best - incumbent, 0).mean(axis=1)
    return scores


def chosen(utilities: Singles, means: Floats, batches: Ints, incumbent: Singles) -> Ints:
    """The batch with the largest score, of those with equal scores the best by means: (q,)."""
    scores = qei(utilities, batches, incumbent)
    order = np.lexsort([means[batches].mean(axis=1), scores])
    best: Ints = batches[order[-1]]
    return best


def greedy(utilities: Singles, means: Floats, q: int, incumbent: Singles, forced: Ints) -> Ints:
    """The batch that adds the arm with the largest gain q times, ``forced`` first: (q,).

    Within 1 - 1/e of the best batch, qEI being submodular. Where nothing gains, the largest mean.
    """
    batch = forced.tolist()
    beaten = incumbent.copy()
    for row in batch:
        np.maximum(beaten, utilities[row], out=beaten)
    while len(batch) < q:
        gains = np.maximum(utilities - beaten, 0).mean(axis=1)
        gains[batch] = -1
        best = int(gains.argmax())
        if gains[best] <= 0:
            best = int(np.where(gains < 0, -np.inf, means).argmax())
        batch.append(best)
        np.maximum(beaten, utilities[best], out=beaten)
    return np.array(batch, dtype=np.int64)
