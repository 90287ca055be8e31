"""Reads targeting JSON, canonical or the flat shorthand, into a Rule.

A node is a group (`all`, `any`, `not`), a leaf (it names a `dimension`), or shorthand: a flat map
whose entries must all match and whose unknown keys are key-values.
"""

from campaigns.targeting.leaves import LeafReader
from campaigns.targeting.problems import shown
from campaigns.targeting.rules import All, Any_, AnyLeaf, Dimension, Everyone, Not, Op, Rule

MAX_DEPTH = 6

_GROUPS = frozenset({"all", "any", "not"})
_LEAF_FIELDS = frozenset({"dimension", "op", "values"})
_KEY_VALUE_FIELDS = _LEAF_FIELDS | {"key"}
# A misspelt group or leaf must not pass for a key-value that no request ever carries.
_NEVER_SHORTHAND = frozenset({"and", "or", "op", "values", "key", "rules", "in", "not_in"})
_SHORTHAND_NAMES = {
    **{dimension.value: dimension for dimension in Dimension},
    "device": Dimension.DEVICE_TYPE,
    "segments": Dimension.SEGMENT,
}
_DIMENSION_NAMES = ", ".join(dimension.value for dimension in Dimension)


def parse(data: object) -> Rule:
    """The rule that `data` (decoded JSON) states.

    Raises TargetingRejected with everything that is wrong with it.
    """
    if isinstance(data, dict) and not data:
        return Everyone()
    reader = LeafReader()
    rule = _read_rule(data, "", 1, reader)
    if rule is None or reader.problems.found:
        raise reader.problems.rejection()
    return rule


def _read_rule(data: object, path: str, depth: int, reader: LeafReader) -> Rule | None:
    fields = _fields(data, path, depth, reader)
    if fields is None:
        return None
    if fields.keys() & _GROUPS:
        return _read_group(fields, path, depth, reader)
    if "dimension" in fields:
        return _read_leaf(fields, path, reader)
    return _read_shorthand(fields, path, depth, reader)


def _fields(data: object, path: str, depth: int, reader: LeafReader) -> dict[str, object] | None:
    if depth > MAX_DEPTH:
        message = f"rules are nested more than {MAX_DEPTH} deep; flatten them or make a segment"
    elif not isinstance(data, dict):
        message = f"{shown(data)} is not a rule; a rule is an object in braces"
    elif not data:
        message = "an empty rule inside a group would match everyone; remove it"
    elif not all(isinstance(name, str) for name in data):
        message = "the names in a rule must be text"
    else:
        return data
    reader.problems.add(path, message)
    return None


def _read_group(
    fields: dict[str, object], path: str, depth: int, reader: LeafReader
) -> Rule | None:
    if len(fields) > 1:
        names = ", ".join(shown(name) for name in list(fields)[:5])
        reader.problems.add(path, f"a group stands alone, but here are {names}; nest them in 'all'")
        return None
    [(kind, content)] = fields.items()
    at = _join(path, kind)
    if kind == "not":
        inner = _read_rule(content, at, depth + 1, reader)
        return None if inner is None else Not(inner)
    rules = _read_rules(kind, content, at, depth + 1, reader)
    return None if rules is None else _GROUP_TYPES[kind](rules)


_GROUP_TYPES: dict[str, type[All | Any_]] = {"all": All, "any": Any_}


def _read_rules(
    kind: str, content: object, path: str, depth: int, reader: LeafReader
) -> tuple[Rule, ...] | None:
    if not isinstance(content, list | tuple) or not content:
        reader.problems.add(path, f"'{kind}' needs a list with at least one rule")
        return None
    read = [
        _read_rule(child, f"{path}[{index}]", depth, reader) for index, child in enumerate(content)
    ]
    rules = tuple(rule for rule in read if rule is not None)
    return None if None in read else rules


def _read_leaf(fields: dict[str, object], path: str, reader: LeafReader) -> AnyLeaf | None:
    dimension = _read_dimension(fields["dimension"], path, reader)
    op = _read_op(fields.get("op"), path, reader)
    _refuse_unknown_fields(fields, dimension, path, reader)
    if dimension is None or op is None:
        return None
    at = _join(path, "values")
    values = fields.get("values", [])
    if dimension is Dimension.KEY_VALUE:
        return reader.key_value(fields.get("key"), op, values, at)
    return reader.leaf(dimension, op, values, at)


def _read_dimension(name: object, path: str, reader: LeafReader) -> Dimension | None:
    if isinstance(name, str) and name in Dimension.__members__.values():
        return Dimension(name)
    message = f"{shown(name)} is not a dimension; use one of {_DIMENSION_NAMES}"
    reader.problems.add(_join(path, "dimension"), message)
    return None


def _read_op(name: object, path: str, reader: LeafReader) -> Op | None:
    if isinstance(name, str) and name in Op.__members__.values():
        return Op(name)
    message = f"{shown(name)} is not an operator; op is 'in' or 'not_in'"
    reader.problems.add(_join(path, "op"), message)
    return None


def _refuse_unknown_fields(
    fields: dict[str, object], dimension: Dimension | None, path: str, reader: LeafReader
) -> None:
    is_key_value = dimension in {Dimension.KEY_VALUE, None}
    for name in sorted(fields.keys() - (_KEY_VALUE_FIELDS if is_key_value else _LEAF_FIELDS)):
        subject = f"a condition on {dimension}" if dimension else "a condition"
        message = f"{shown(name)} is not part of {subject}; remove it"
        reader.problems.add(_join(path, name), message)


def _read_shorthand(
    fields: dict[str, object], path: str, depth: int, reader: LeafReader
) -> Rule | None:
    if len(fields) > 1 and depth >= MAX_DEPTH:
        reader.problems.add(path, f"rules are nested more than {MAX_DEPTH} deep; flatten them")
        return None
    read = [_read_entry(name, value, path, reader) for name, value in fields.items()]
    rules = tuple(rule for rule in read if rule is not None)
    if None in read:
        return None
    return rules[0] if len(rules) == 1 else All(rules)


def _read_entry(name: str, value: object, path: str, reader: LeafReader) -> AnyLeaf | None:
    at = _join(path, name)
    dimension = _SHORTHAND_NAMES.get(name)
    if name in _NEVER_SHORTHAND or dimension is Dimension.KEY_VALUE:
        hint = "a condition starts with 'dimension', a group is 'all', 'any' or 'not'"
        reader.problems.add(at, f"{shown(name)} does not stand alone; {hint}")
        return None
    if dimension is None:
        return reader.key_value(name, Op.IN, value, at)
    return reader.leaf(dimension, Op.IN, value, at)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
