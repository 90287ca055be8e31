"""The space of a template's creative combinations: ad_id <-> position, rules as checks (pure).

An ad_id joins the creative_asset_ids by "-" in component order (seed 000). Position ``i`` of a
template's space is a mixed-radix number: one digit per component, the last component fastest.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

MAX_BATCH_ARMS = 1000
MAX_AD_ID_CHARS = 512
MAX_REJECTION_TRIES = 64
MAX_LISTED = 200_000  # combinations looked through where rules are so tight that drawing fails
COUNT_DRAWS = 20_000  # for an estimate of how many combinations rules allow, to about 1 %


@dataclass(frozen=True, slots=True)
class Space:
    """Active assets per component (in component order) and the pairs that rules speak of.

    ``excluded`` holds both orders of every pair that must not meet; ``required`` maps an asset to
    the assets of which it needs every one. ``banned`` are single combinations.
    """

    assets: tuple[tuple[int, ...], ...]
    excluded: frozenset[tuple[int, int]] = frozenset()
    required: Mapping[int, frozenset[int]] | None = None
    banned: frozenset[tuple[int, ...]] = frozenset()

    @property
    def size(self) -> int:
        """Combinations before rules; 0 when a component has no active asset."""
        return math.prod(len(column) for column in self.assets) if self.assets else 0

    def combination(self, position: int) -> tuple[int, ...]:
        """Asset ids at a position. Raises IndexError outside ``0 <= position < size``."""
        if not 0 <= position < self.size:
            raise IndexError(f"position {position} is outside a space of {self.size}")
        digits: list[int] = []
        for column in reversed(self.assets):
            position, digit = divmod(position, len(column))
            digits.append(column[digit])
        return tuple(reversed(digits))

    def position(self, combination: Sequence[int]) -> int | None:
        """The inverse of ``combination``; None when an asset is unknown or inactive."""
        if len(combination) != len(self.assets):
            return None
        result = 0
        for column, asset in zip(self.assets, combination, strict=True):
            if asset not in column:
                return None
            result = result * len(column) + column.index(asset)
        return result

    def allows(self, combination: Sequence[int]) -> bool:
        """Whether every asset is active in its component and no rule is broken."""
        return self.position(combination) is not None and self._keeps_rules(combination)

    @property
    def allowed(self) -> float:
        """Combinations after rules and bans: exact, but an estimate where rules join so many
        components that more than MAX_LISTED combinations of theirs would have to be looked through.
        """
        return _allowed(
            self.assets, self.excluded, tuple(sorted((self.required or {}).items())), self.banned
        )

    def _keeps_rules(self, combination: Sequence[int]) -> bool:
        if self.banned and tuple(combination) in self.banned:
            return False
        chosen = set(combination)
        if self.required and any(
            not self.required[asset] <= chosen for asset in chosen if asset in self.required
        ):
            return False
        return not self.excluded or not any(
            pair in self.excluded for pair in itertools.combinations(combination, 2)
        )

    def valid(self) -> Iterator[tuple[int, ...]]:
        """Every allowed combination, lazily, in position order."""
        if self.size:
            yield from filter(self._keeps_rules, itertools.product(*self.assets))

    def first(self) -> tuple[int, ...] | None:
        """The first allowed combination among the first MAX_LISTED; None when there is none."""
        if not self.size:
            return None
        listed = itertools.islice(itertools.product(*self.assets), MAX_LISTED)
        return next(filter(self._keeps_rules, listed), None)

    def draw(self, rng: Random) -> tuple[int, ...] | None:
        """One allowed combination, uniformly; None when rules leave none.

        Rejection sampling is uniform over what is allowed; where rules are so tight that it keeps
        failing, the first MAX_LISTED combinations are looked through instead.
        """
        if not self.size:
            return None
        for _ in range(MAX_REJECTION_TRIES):
            candidate = tuple(rng.choice(column) for column in self.assets)
            if self._keeps_rules(candidate):
                return candidate
        return self._reservoir(rng)

    def _reservoir(self, rng: Random) -> tuple[int, ...] | None:
        chosen = None
        listed = itertools.islice(itertools.product(*self.assets), MAX_LISTED)
        for seen, candidate in enumerate(filter(self._keeps_rules, listed), start=1):
            if rng.randrange(seen) == 0:
                chosen = candidate
        return chosen


@lru_cache(maxsize=4096)
def _allowed(
    assets: tuple[tuple[int, ...], ...],
    excluded: frozenset[tuple[int, int]],
    required: tuple[tuple[int, frozenset[int]], ...],
    banned: frozenset[tuple[int, ...]],
) -> float:
    """Rules speak of few components: only these are looked through, the others multiply."""
    spoken_of = {asset for pair in excluded for asset in pair}
    spoken_of |= {asset for needs, others in required for asset in (needs, *others)}
    ruled = tuple(column for column in assets if spoken_of.intersection(column))
    part = Space(ruled, excluded, dict(required))
    if part.size <= MAX_LISTED:
        kept: float = sum(1 for _ in part.valid()) if ruled else 1
    else:
        rng = Random(0)  # noqa: S311 - an estimate that is the same in every process
        tries = (tuple(rng.choice(column) for column in ruled) for _ in range(COUNT_DRAWS))
        kept = part.size * sum(map(part._keeps_rules, tries)) / COUNT_DRAWS  # noqa: SLF001
    free = math.prod(len(column) for column in assets if column not in ruled)
    whole = Space(assets, excluded, dict(required))
    return max(kept * free - sum(map(whole.allows, banned)), 0.0) if assets else 0.0


def format_ad_id(combination: Sequence[int]) -> str:
    return "-".join(map(str, combination))


def parse_ad_id(ad_id: str) -> tuple[int, ...] | None:
    """The asset ids, or None when the text is not an ad_id (digits joined by single dashes)."""
    if not ad_id or len(ad_id) > MAX_AD_ID_CHARS or not ad_id.isascii():
        return None
    parts = ad_id.split("-")
    if not all(part.isdecimal() and part[0] != "0" and len(part) <= 18 for part in parts):  # noqa: PLR2004
        return None
    return tuple(map(int, parts))
