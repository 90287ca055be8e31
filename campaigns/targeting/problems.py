"""What is wrong with a targeting rule, told to the person who wrote it, all at once."""

from dataclasses import dataclass, field

MAX_REPORTED = 100
MAX_SHOWN_CHARS = 40


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` says where ("all[0].values[2]", "" for the whole rule); `message` what to change."""

    path: str
    message: str


class TargetingRejected(ValueError):
    """A rule that cannot be used; `problems` holds everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


@dataclass(slots=True)
class Problems:
    """Collects problems while a rule is read; past MAX_REPORTED it only counts them."""

    found: list[Problem] = field(default_factory=list)
    unreported: int = 0

    def add(self, path: str, message: str) -> None:
        if len(self.found) < MAX_REPORTED:
            self.found.append(Problem(path, message))
        else:
            self.unreported += 1

    def rejection(self) -> TargetingRejected:
        if not self.unreported:
            return TargetingRejected(tuple(self.found))
        more = Problem("", f"and {self.unreported} more problems")
        return TargetingRejected((*self.found, more))


def shown(value: object) -> str:
    """How a message names a value: text in quotes and shortened, anything else by its kind."""
    match value:
        case str() if len(value) > MAX_SHOWN_CHARS:
            return f"{value[:MAX_SHOWN_CHARS]!r}…"
        case str():
            return repr(value)
        case None:
            return "an empty value (null)"
        case _:
            return _KINDS.get(type(value), f"a {type(value).__name__}")


_KINDS: dict[type, str] = {
    bool: "a yes/no value",
    int: "a number",
    float: "a number",
    list: "a list",
    tuple: "a list",
    dict: "an object",
}
