"""The component-table Gaussian process: a prior over tables, learnt from counts (pure)."""

from optimization.engines.tab.engine import TabEngine

__all__ = ["TabEngine"]
