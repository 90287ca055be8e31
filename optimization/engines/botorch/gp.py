"""A BoTorch model of pseudo-observations, and its posterior over combinations (pure)."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import gpytorch
import numpy as np
import torch
from botorch.models import SingleTaskGP
from botorch.posteriors.gpytorch import GPyTorchPosterior
from botorch.settings import validate_input_scaling
from linear_operator.utils.errors import NanError, NotPSDError
from torch import Tensor

from optimization.engines.botorch.kernel import TableKernel, TableMean
from optimization.engines.tab.posterior import Posterior
from optimization.problem import Floats, Ints, NotSolved

MAX_EXACT = 20_000  # rows up to which gpytorch is to factor matrices instead of approximating


def device() -> torch.device:
    """A GPU where torch finds one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def model(fit: Posterior) -> SingleTaskGP:
    """SingleTaskGP on the pseudo-targets z with known noise D, in double precision.

    docs/optimiser.md. No outcome transform: z are log-odds already.
    """
    with validate_input_scaling(False):
        found = SingleTaskGP(
            train_X=_tensor(fit.rows.x),
            train_Y=_tensor(fit.mode.z)[:, None],
            train_Yvar=_tensor(fit.mode.noise)[:, None],
            covar_module=TableKernel(fit.shape, fit.hypers),
            mean_module=TableMean(fit.rows),
            outcome_transform=None,
            input_transform=None,
        )
    return found.to(device()).eval()


def moments(gp: SingleTaskGP, x: Ints) -> tuple[Floats, Floats]:
    """Posterior mean (n,) and covariance (n, n) of log-odds at rows (n, C + 1)."""
    with _exact():
        posterior = cast("GPyTorchPosterior", gp.posterior(_tensor(x)))
        mean, covariance = posterior.mean[:, 0], posterior.distribution.covariance_matrix
    return _array(mean), _array(covariance)


def samples(gp: SingleTaskGP, x: Ints, many: int, seed: int) -> tuple[Floats, Floats]:
    """Posterior mean (n,) and ``many`` joint samples (n, many). Raises NotSolved."""
    try:
        with _exact(), torch.random.fork_rng(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # jitter: the covariance of tables has not full rank
            torch.manual_seed(seed)
            posterior = gp.posterior(_tensor(x))
            drawn = posterior.rsample(torch.Size([many]))[..., 0]
            found = _array(posterior.mean[:, 0]), _array(drawn.T)
    except (NanError, NotPSDError, RuntimeError) as error:
        raise NotSolved(f"BoTorch found no posterior of {len(x)} combinations: {error}") from error
    if not all(np.isfinite(each).all() for each in found):
        raise NotSolved(f"BoTorch's posterior of {len(x)} combinations is not finite")
    return found


@contextmanager
def _exact() -> Iterator[None]:
    """Cholesky factors, no gradients, no approximations for larger matrices."""
    with (
        torch.no_grad(),
        gpytorch.settings.max_cholesky_size(MAX_EXACT),
        gpytorch.settings.fast_computations(False, False, False),
        gpytorch.settings.cholesky_max_tries(8),
    ):
        yield


def _tensor(numbers: Floats | Ints) -> Tensor:
    return torch.as_tensor(np.asarray(numbers, np.float64), device=device())


def _array(found: Tensor) -> Floats:
    return found.cpu().numpy().astype(np.float64)
