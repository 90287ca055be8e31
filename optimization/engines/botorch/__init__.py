"""The same model in BoTorch: what `tab` is verified against, for small spaces (pure)."""

from optimization.engines.botorch.engine import BotorchEngine

__all__ = ["BotorchEngine"]
