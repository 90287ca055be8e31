"""Which Rego modules may run inside our process (pure).

Regorus evaluates in the thread that calls it and cannot be interrupted, a function that calls
itself overflows the process's stack, and its parser takes exponential time for nested brackets.
So a module is refused, before anything of it runs, if it nests deeply, refers to itself, or calls a
function that is not on the list: those left out are slow, reach out of the process or do not give
the same answer twice. Whatever gets through is first tried in a child process (trial.py).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import regorus

PACKAGE: Final = "guardrails"
CONFIGURATION: Final = "deny_configuration"  # asked of each ad
REQUEST: Final = "deny_request"  # asked of each bid
VERSION_CHARS: Final = 12
MAX_BYTES: Final = 50_000
MAX_DEPTH: Final = 10
TEST: Final = "test_"
FUNCTIONS: Final = frozenset(
    {
        *("abs", "ceil", "floor", "round", "count", "sum", "product", "max", "min", "sort"),
        *("array.concat", "array.slice", "array.reverse", "intersection", "union"),
        *("object.get", "object.keys", "object.remove", "object.filter"),
        *(
            "concat",
            "contains",
            "endswith",
            "startswith",
            "format_int",
            "indexof",
            "lower",
            "upper",
        ),
        *("replace", "split", "sprintf", "substring", "trim", "trim_left", "trim_right"),
        *("trim_prefix", "trim_suffix", "trim_space", "regex.match", "glob.match"),
        *("strings.any_prefix_match", "strings.any_suffix_match", "to_number", "type_name"),
        *("is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set", "is_string"),
    }
)
# Strings, raw strings and comments, whose brackets do not nest; and brackets, which do.
TOKEN: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|#[^\n]*|([\[({])|([\])}])')
SIGNS: Final = re.compile(r"-\s*-\s*-")  # the parser calls itself for each
WHERE: Final = re.compile(r"-->\s*[^\n]*?:(\d+):\d+")
ERROR: Final = re.compile(r"^error:\s*(.+)$", re.MULTILINE)
BACKTRACE: Final = "Stack backtrace"


class Rejected(ValueError):
    """The module may not run; ``line`` counts from 1, 0 is unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.message, self.line = message, line

    def __str__(self) -> str:
        return f"Line {self.line}: {self.message}" if self.line else self.message


@dataclass(frozen=True, slots=True)
class Module:
    """An accepted source; ``package_end`` is where its package's name ends, in bytes."""

    source: str
    rules: frozenset[str]
    package_end: int

    @property
    def tests(self) -> list[str]:
        return sorted(rule for rule in self.rules if rule.startswith(TEST))

    def in_package(self, name: str) -> str:
        """The same source in a package below its own; lines keep their numbers."""
        raw = self.source.encode()
        return (raw[: self.package_end] + f".{name}".encode() + raw[self.package_end :]).decode()


def version_of(source: str) -> str:
    return sha256(source.encode()).hexdigest()[:VERSION_CHARS]


def vet(source: str) -> Module:
    """Raises Rejected."""
    _check_shape(source)
    tree = _parse(source)
    package = tree["package"]["refr"]
    if _path(package) != PACKAGE:
        raise Rejected(f"The first line must be: package {PACKAGE}", 1)
    rules = list(_rules(tree))
    names = frozenset(name for name, _, _ in rules)
    _check_imports(tree)
    for _, _, body in rules:
        _check_calls(body, names)
    _check_recursion(rules, names)
    return Module(source, names, _span(package)["end"])


def problem(exc: BaseException) -> Rejected:
    """What Regorus says, without its backtrace."""
    text = str(exc).partition(BACKTRACE)[0]
    message, line = ERROR.search(text), WHERE.search(text)
    said = message.group(1).strip() if message else text.strip() or type(exc).__name__
    return Rejected(said, int(line.group(1)) if line else 0)


def _check_shape(source: str) -> None:
    if len(source.encode()) > MAX_BYTES:
        raise Rejected(f"A policy may have {MAX_BYTES:,} bytes at most")
    if "\0" in source:
        raise Rejected("A policy is text: there is a zero byte in it")
    if SIGNS.search(source):
        raise Rejected("Three minus signs in a row")
    depth = 0
    for token in TOKEN.finditer(source):
        depth += bool(token.group(1)) - bool(token.group(2))
        if depth > MAX_DEPTH:
            line = source.count("\n", 0, token.start()) + 1
            raise Rejected(f"More than {MAX_DEPTH} brackets inside each other", line)


def _parse(source: str) -> dict[str, Any]:
    engine = regorus.Engine()
    try:
        engine.add_policy(PACKAGE, source)
        tree: dict[str, Any] = json.loads(engine.get_ast_as_json())[0]["ast"]
    except RecursionError as exc:
        raise Rejected("An expression has too many parts") from exc
    except Exception as exc:
        raise problem(exc) from exc
    return tree


def _rules(tree: Mapping[str, Any]) -> Iterator[tuple[str, int, Any]]:
    """Name, line and tree of each rule."""
    for rule in tree["rules"]:
        ((kind, body),) = rule.items()
        head = body if kind == "Default" else next(iter(body["head"].values()))
        name = _path(head["refr"]).partition(".")[0]
        yield name, body["span"]["line"], body


def _check_imports(tree: Mapping[str, Any]) -> None:
    for each in tree["imports"]:
        path = _path(each["refr"])
        if path != "rego.v1" and not path.startswith("future.keywords"):
            raise Rejected(f"Nothing can be imported but rego.v1, not {path}", each["span"]["line"])


def _check_calls(body: object, rules: frozenset[str]) -> None:
    for kind, node in _nodes(body):
        if kind == "Call":
            name = _path(node["fcn"])
            if name not in FUNCTIONS and name not in rules:
                raise Rejected(f"There is no function {name} here", node["span"]["line"])
        elif kind == "Var" and _text(node) == "data":
            raise Rejected("There is no data here, only input", node["span"]["line"])


def _check_recursion(rules: list[tuple[str, int, Any]], names: frozenset[str]) -> None:
    uses: dict[str, set[str]] = {name: set() for name in names}
    lines: dict[str, int] = {}
    for name, line, body in rules:
        lines.setdefault(name, line)
        inside = [_text(node) for kind, node in _nodes(_without_own_name(body)) if kind == "Var"]
        uses[name].update(each for each in inside if each in names)
    for name in sorted(names):
        seen: set[str] = set()
        waiting = list(uses[name])
        while waiting:
            each = waiting.pop()
            if each == name:
                raise Rejected(f"{name} refers to itself", lines[name])
            if each not in seen:
                seen.add(each)
                waiting.extend(uses[each])


def _without_own_name(body: Mapping[str, Any]) -> list[object]:
    """The rule's tree but for the head's reference, which is its own name."""
    parts: list[object] = [value for key, value in body.items() if key not in {"head", "refr"}]
    for head in body.get("head", {}).values():
        parts += [value for key, value in head.items() if key != "refr"]
    return parts


def _nodes(tree: object) -> Iterator[tuple[str, Any]]:
    """Every tagged node of the tree, such as ("Call", {...})."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            for key, value in node.items():
                if key[:1].isupper():
                    yield key, value
                waiting.append(value)
        elif isinstance(node, list):
            waiting.extend(node)


def _path(reference: Mapping[str, Any]) -> str:
    """A reference as it is written: array.concat; its first name where it has brackets."""
    ((kind, node),) = reference.items()
    if kind == "RefDot":
        return f"{_path(node['refr'])}.{node['field'][1]}"
    if kind == "RefBrack":
        return _path(node["refr"])
    return _text(node)


def _text(node: Mapping[str, Any]) -> str:
    return str(node.get("value", ""))


def _span(reference: Mapping[str, Any]) -> dict[str, int]:
    span: dict[str, int] = next(iter(reference.values()))["span"]
    return span
