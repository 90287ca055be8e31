"""What the optimiser keeps: what serves, how it may learn, and what each run found."""

from optimization.models.batch import Batch, BatchSource, validate_arms
from optimization.models.learning import (
    EngineChoice,
    GoalChoice,
    Learning,
    LearningState,
    ObjectiveChoice,
    validate_ad_ids,
    validate_asset_ids,
)
from optimization.models.run import Run, RunState, RunTrigger

__all__ = [
    "Batch",
    "BatchSource",
    "EngineChoice",
    "GoalChoice",
    "Learning",
    "LearningState",
    "ObjectiveChoice",
    "Run",
    "RunState",
    "RunTrigger",
    "validate_ad_ids",
    "validate_arms",
    "validate_asset_ids",
]
