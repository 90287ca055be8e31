"""Words of the simulated creatives: headlines, image descriptions, calls to action."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "wording"


@dataclass(frozen=True, slots=True)
class Wording:
    """The lists that a world's texts are drawn from, without replacement."""

    headlines: tuple[str, ...]
    images: tuple[str, ...]
    calls: tuple[str, ...]


def bundled() -> Wording:
    """This project's own."""
    return Wording(_lines("headlines"), _lines("images"), _lines("calls"))


def with_headlines(headlines: tuple[str, ...]) -> Wording:
    """Real headlines in place of ours."""
    own = bundled()
    return Wording(headlines, own.images, own.calls)


def draw_texts(
    wording: Wording, sizes: tuple[int, ...], rng: np.random.Generator
) -> tuple[tuple[str, ...], ...]:
    """One tuple per component. Raises ValueError where a list is too short."""
    lists = (wording.headlines, wording.images, wording.calls)
    drawn = []
    for size, texts in zip(sizes, lists, strict=True):
        if size > len(texts):
            raise ValueError(f"{size} different texts are needed, the list holds {len(texts)}")
        drawn.append(tuple(texts[i] for i in rng.choice(len(texts), size, replace=False)))
    return tuple(drawn)


def _lines(name: str) -> tuple[str, ...]:
    return tuple((FOLDER / f"{name}.txt").read_text("utf-8").splitlines())
