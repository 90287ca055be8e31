"""The prior over combinations as a gpytorch kernel and mean (pure).

The covariance of optimization/engines/tab/covariance.py, written again in torch: inputs are rows of
value indices with the segment last, (..., n, C + 1), as floating-point numbers.
"""

from typing import Any

import torch
from gpytorch.kernels import Kernel
from gpytorch.means import Mean
from torch import Tensor

from optimization.engines.tab.covariance import Shape
from optimization.engines.tab.hypers import Hypers
from optimization.engines.tab.rows import Rows


class TableKernel(Kernel):  # type: ignore[misc]  # gpytorch has no types
    """Equality kernels of components, pairs and segments, and embeddings of components.

    Hyper-parameters are given, not fitted here: pseudo-targets belong to those of their own fit.
    """

    def __init__(self, shape: Shape, hypers: Hypers) -> None:
        super().__init__()
        self.shape, self.hypers = shape, hypers
        for c, known in enumerate(shape.features):
            if known is not None:
                self.register_buffer(f"features_{c}", torch.as_tensor(known))

    def forward(
        self,
        x1: Tensor,
        x2: Tensor,
        diag: bool = False,  # noqa: FBT001, FBT002 - gpytorch's own interface
        **_params: Any,
    ) -> Tensor:
        """The covariance, (..., n, m); of rows with themselves, (..., n), where ``diag``."""
        hypers, same = self.hypers, _agree(x1, x2, -1, diag=diag)
        total, within = torch.ones_like(same), torch.full_like(same, hypers.segment**2)
        agreeing = torch.zeros_like(same)
        for c, sd in enumerate(hypers.mains):
            equal = _agree(x1, x2, c, diag=diag)
            total = total + sd**2 * self._mixed(c, equal, x1, x2, diag=diag)
            within = within + (hypers.ratio * sd) ** 2 * equal
            if c in self.shape.paired:
                agreeing = agreeing + equal
        total = total + hypers.pair**2 * agreeing * (agreeing - 1) / 2
        return total if self.shape.segments == 1 else total + same * within

    def _mixed(self, c: int, equal: Tensor, x1: Tensor, x2: Tensor, *, diag: bool) -> Tensor:
        if self.shape.features[c] is None:
            return equal
        known: Tensor = getattr(self, f"features_{c}")
        a, b = known[x1[..., c].long()], known[x2[..., c].long()]
        gram = (a * b).sum(-1) if diag else a @ b.transpose(-1, -2)
        return (1 - self.hypers.rho) * equal + self.hypers.rho * gram


class TableMean(Mean):  # type: ignore[misc]
    """The level, and what the content prior expects of each value."""

    def __init__(self, rows: Rows) -> None:
        super().__init__()
        self.level = rows.level
        self.known = [c for c, each in enumerate(rows.expected) if each is not None]
        for c in self.known:
            self.register_buffer(f"expected_{c}", torch.as_tensor(rows.expected[c]))

    def forward(self, x: Tensor) -> Tensor:
        """The prior mean in log-odds, (..., n)."""
        total = torch.full_like(x[..., 0], self.level)
        for c in self.known:
            total = total + getattr(self, f"expected_{c}")[x[..., c].long()]
        return total


def _agree(x1: Tensor, x2: Tensor, c: int, *, diag: bool) -> Tensor:
    a, b = x1[..., c], x2[..., c]
    equal = a == b if diag else a[..., :, None] == b[..., None, :]
    return equal.to(x1.dtype)
