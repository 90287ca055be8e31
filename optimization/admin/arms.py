"""A batch's combinations as text: one a line, its ad_id and its weight."""

import json
from collections.abc import Iterable
from random import Random

from optimization.admin.combinations import Combinations
from optimization.models import validate_arms
from optimization.space import MAX_BATCH_ARMS, format_ad_id, parse_ad_id

Arm = dict[str, object]
DRAW_TRIES = 20  # per wanted combination


class ArmsRejected(ValueError):
    """The text is not a list of combinations; the message says which line and why."""


def arms_text(arms: Iterable[Arm]) -> str:
    return "\n".join(f"{arm['ad_id']} {arm['weight']:g}" for arm in arms)


def read_arms(text: str) -> list[Arm]:
    """Lines of "12-31-40 0.5" (no weight: 1), or the JSON that reports use. Raises ArmsRejected."""
    if text.lstrip().startswith("["):
        return _from_json(text)
    lines = [line.split() for line in text.splitlines() if line.strip()]
    return [_read_line(number, words) for number, words in enumerate(lines, start=1)]


def _from_json(text: str) -> list[Arm]:
    try:
        arms = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as exc:
        raise ArmsRejected(f"This is not JSON: {exc}") from exc
    if not all(isinstance(arm, dict) for arm in arms):
        raise ArmsRejected('Write each combination as {"ad_id": "12-31-40", "weight": 1}.')
    return list(arms)


def _read_line(number: int, words: list[str]) -> Arm:
    weight = words[1] if len(words) > 1 else "1"
    try:
        return {"ad_id": words[0], "weight": float(weight)}
    except ValueError as exc:
        raise ArmsRejected(f"Line {number}: {weight[:20]!r} is not a weight.") from exc


def check_arms(arms: list[Arm], combinations: Combinations) -> None:
    """Raises ValidationError for a malformed list, ArmsRejected for a wrong combination."""
    validate_arms(arms)
    for number, arm in enumerate(arms, start=1):
        ad_id = str(arm["ad_id"])
        combination = parse_ad_id(ad_id)
        if combination is None or not combinations.space.allows(combination):
            raise ArmsRejected(
                f"Line {number}: {ad_id} is no combination of this template: a value is of "
                "another template, switched off, or a rule forbids the pair."
            )


def drawn_arms(combinations: Combinations, count: int, rng: Random) -> list[Arm]:
    """Up to ``count`` different allowed combinations at random, all with the same weight."""
    found: dict[str, Arm] = {}
    for _ in range(min(count, MAX_BATCH_ARMS) * DRAW_TRIES):
        drawn = combinations.space.draw(rng)
        if drawn is None or len(found) >= min(count, MAX_BATCH_ARMS):
            break
        found.setdefault(format_ad_id(drawn), {"ad_id": format_ad_id(drawn), "weight": 1})
    return list(found.values())
