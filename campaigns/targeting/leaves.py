"""Reads single conditions, for the JSON of a rule and for the admin's form alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from campaigns.targeting.dayparts import read_daypart
from campaigns.targeting.problems import Problems, shown
from campaigns.targeting.rules import AnyLeaf, DaypartLeaf, Dimension, KeyValueLeaf, Leaf, Op
from campaigns.targeting.values import (
    MAX_KEY_CHARS,
    READERS,
    BadValueError,
    read_key_value,
    read_text,
)

MAX_LEAVES = 200
MAX_VALUES = 1_000


@dataclass(slots=True)
class LeafReader:
    """Reads the leaves of one rule; counts them and collects every problem."""

    problems: Problems = field(default_factory=Problems)
    count: int = 0

    def leaf(self, dimension: Dimension, op: Op, values: object, path: str) -> AnyLeaf | None:
        """A leaf of any dimension but key_value; None after a problem."""
        listed = self._listed(dimension.value, values, path)
        if listed is None:
            return None
        if dimension is Dimension.DAYPART:
            return self._dayparts(op, listed, path)
        found = self._each(dimension.value, READERS[dimension], listed, path)
        return None if found is None else Leaf(dimension, op, found)

    def key_value(self, key: object, op: Op, values: object, path: str) -> KeyValueLeaf | None:
        """A key_value leaf; None after a problem."""
        name = self._key(key, path)
        listed = self._listed(f"key_value {shown(key)}", values, path)
        if listed is None:
            return None
        found = self._each(f"key_value {shown(key)}", read_key_value, listed, path)
        return None if name is None or found is None else KeyValueLeaf(name, op, found)

    def _key(self, key: object, path: str) -> str | None:
        try:
            return read_text(key, MAX_KEY_CHARS)
        except BadValueError as error:
            self.problems.add(path, f"key_value: the key is unusable: {error}")
            return None

    def _dayparts(self, op: Op, listed: Sequence[object], path: str) -> DaypartLeaf | None:
        read = [
            read_daypart(data, f"{path}[{index}]", self.problems)
            for index, data in enumerate(listed)
        ]
        found = frozenset(daypart for daypart in read if daypart is not None)
        return None if None in read else DaypartLeaf(op, found)

    def _each(
        self, name: str, reader: Callable[[object], str], listed: Sequence[object], path: str
    ) -> frozenset[str] | None:
        found = set()
        failed = False
        for index, value in enumerate(listed):
            try:
                found.add(reader(value))
            except BadValueError as error:
                self.problems.add(f"{path}[{index}]", f"{name}: {error}")
                failed = True
        return None if failed else frozenset(found)

    def _listed(self, name: str, values: object, path: str) -> Sequence[object] | None:
        """The values as a list (one value stands for itself), if the limits allow it."""
        self.count += 1
        if self.count > MAX_LEAVES:
            self._refuse_more_leaves(path)
            return None
        listed = values if isinstance(values, list | tuple) else [values]
        if not listed:
            self.problems.add(path, f"{name}: the list is empty; add a value or remove the rule")
            return None
        if len(listed) > MAX_VALUES:
            message = f"{name}: {len(listed):,} values are too many; at most {MAX_VALUES:,} fit"
            self.problems.add(path, message)
            return None
        return listed

    def _refuse_more_leaves(self, path: str) -> None:
        if self.count == MAX_LEAVES + 1:
            hint = "list more values in one condition, or make a segment"
            self.problems.add(path, f"more than {MAX_LEAVES} conditions; {hint}")
