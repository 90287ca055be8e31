"""Why a retraining failed, in a marketer's words and in an operator's."""

import traceback
from dataclasses import dataclass
from typing import Final

from adplatform.clients.clickhouse import ClickHouseError
from adplatform.clients.errors import EngineNotRunning
from optimization.embeddings.encoder import EncoderFailed, ModelMissing, SwitchedOff
from optimization.problem import NothingAllowed, NotSolved, TooLarge

DETAIL_CHARS: Final = 4000
STAYS: Final = "What served goes on serving; the next run tries again."
NOTHING: Final = (
    "No combination may serve: every one is switched off, banned or against a rule. Switch a value "
    "on, or lift a ban or a rule."
)
WORDS: Final[tuple[tuple[tuple[type[Exception], ...], str], ...]] = (
    ((NothingAllowed,), NOTHING),
    ((NotSolved, ArithmeticError), f"The calculation gave no usable numbers. {STAYS}"),
    (
        (ClickHouseError, EngineNotRunning),
        f"The counts of impressions and clicks could not be read. {STAYS}",
    ),
    (
        (TooLarge,),
        "The space is too large for this engine. Choose the engine “Component tables”.",
    ),
    ((MemoryError,), "There was not enough memory. Choose the engine “Component tables”."),
)
WITHOUT_TEXTS: Final = (
    "This run learnt from clicks alone and did not compare texts: {}. The next run tries again."
)
OTHER: Final = "Something went wrong that was not foreseen. What served goes on serving."


class NothingToLearn(Exception):
    """There is nothing to choose between; the message says so in a marketer's words."""


class Superseded(Exception):
    """Another process took this run for dead and closed it: its result must not serve."""


@dataclass(frozen=True, slots=True)
class Problem:
    """``words`` for marketers, ``detail`` for operators."""

    words: str
    detail: str


def without_texts(exc: Exception) -> str:
    """Why a run knew nothing of its texts; empty where that is as an operator wants it."""
    if isinstance(exc, SwitchedOff):
        return ""
    if isinstance(exc, ModelMissing):
        return WITHOUT_TEXTS.format("the embedding model is not installed")
    if isinstance(exc, EncoderFailed):
        return WITHOUT_TEXTS.format("the embedding model gave no usable numbers")
    return WITHOUT_TEXTS.format("the object store with their embeddings does not answer")


def told(exc: Exception) -> Problem:
    """Both, for whatever was raised."""
    words = next((text for kinds, text in WORDS if isinstance(exc, kinds)), OTHER)
    trace = "".join(traceback.format_exception(exc))
    return Problem(words, trace[-DETAIL_CHARS:])
