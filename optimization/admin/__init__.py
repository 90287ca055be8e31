"""The admin of the optimiser: which combinations serve to whom."""

from optimization.admin.batch import BatchAdmin

__all__ = ["BatchAdmin"]
