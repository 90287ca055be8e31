"""Finding the end of a Native block: how many bytes each column type takes.

A block carries no length, so the receiver must know the layout of every type it accepts.
"""

import re
from collections.abc import Callable

from adplatform.embedded.clickhouse.wire import Reader

WIDTHS = {
    "Int8": 1, "UInt8": 1, "Bool": 1, "Enum8": 1, "Nothing": 1,
    "Int16": 2, "UInt16": 2, "Enum16": 2, "Date": 2, "BFloat16": 2,
    "Int32": 4, "UInt32": 4, "Float32": 4, "Date32": 4, "DateTime": 4, "IPv4": 4, "Decimal32": 4,
    "Int64": 8, "UInt64": 8, "Float64": 8, "DateTime64": 8, "Decimal64": 8,
    "Int128": 16, "UInt128": 16, "UUID": 16, "IPv6": 16, "Decimal128": 16,
    "Int256": 32, "UInt256": 32, "Decimal256": 32,
}  # fmt: skip
DECIMAL_WIDTHS = ((9, 4), (18, 8), (38, 16), (76, 32))  # precision up to -> bytes
INDEX_WIDTHS = (1, 2, 4, 8)  # of LowCardinality keys, by the low byte of the serialisation type
TYPE = re.compile(r"^(\w+)(?:\((.*)\))?$", re.DOTALL)
FIELD_NAME = re.compile(r"^[A-Za-z_]\w*\s+(?=[A-Z])")


class UnsupportedType(Exception):
    """A column type whose layout this process does not know."""


Column = tuple[str, str]


def split(type_name: str) -> tuple[str, list[str]]:
    """``Map(String, Array(Int8))`` -> ("Map", ["String", "Array(Int8)"])."""
    match = TYPE.match(type_name.strip())
    if not match:
        raise UnsupportedType(type_name)
    return match[1], _arguments(match[2] or "")


def skip_block(reader: Reader) -> list[Column]:
    """Read past one block (column and row counts included); its column names and types."""
    columns, rows = reader.varint(), reader.varint()
    header: list[Column] = []
    for _ in range(columns):
        name, type_name = reader.text(), reader.text()
        header.append((name, type_name))
        if rows:
            _skip_prefix(reader, type_name)
            _skip_rows(reader, type_name, rows)
    return header


def _skip_prefix(reader: Reader, type_name: str) -> None:
    """The state that stands before the rows: a version number for each LowCardinality inside."""
    name, inner = split(type_name)
    if name == "LowCardinality":
        reader.skip(8)
    elif name in {"Array", "Nullable", "Map", "Tuple", "Nested"}:
        for part in inner:
            _skip_prefix(reader, _unnamed(part))
    elif name == "SimpleAggregateFunction":
        _skip_prefix(reader, inner[-1])


def _skip_rows(reader: Reader, type_name: str, rows: int) -> None:
    name, inner = split(type_name)
    if name in WIDTHS:
        reader.skip(WIDTHS[name] * rows)
    elif name == "String":
        reader.skip_strings(rows)
    elif name == "FixedString":
        reader.skip(int(inner[0]) * rows)
    elif name == "Decimal":
        reader.skip(_decimal_width(int(inner[0])) * rows)
    elif name in COMPOUND:
        COMPOUND[name](reader, inner, rows)
    else:
        raise UnsupportedType(f"{type_name} cannot be inserted through the embedded ClickHouse")


def _skip_nullable(reader: Reader, inner: list[str], rows: int) -> None:
    reader.skip(rows)
    _skip_rows(reader, inner[0], rows)


def _skip_array(reader: Reader, inner: list[str], rows: int) -> None:
    reader.skip(8 * (rows - 1))
    total = reader.uint64()  # the last offset is the number of all elements
    if total:
        for part in inner:
            _skip_rows(reader, _unnamed(part), total)


def _skip_tuple(reader: Reader, inner: list[str], rows: int) -> None:
    for part in inner:
        _skip_rows(reader, _unnamed(part), rows)


def _skip_low_cardinality(reader: Reader, inner: list[str], rows: int) -> None:
    """Serialisation type, dictionary of plain values, then one key per row."""
    width = INDEX_WIDTHS[reader.uint64() & 0xF]
    name, nested = split(inner[0])
    _skip_rows(reader, nested[0] if name == "Nullable" else inner[0], reader.uint64())
    reader.skip(8 + width * rows)


COMPOUND: dict[str, Callable[[Reader, list[str], int], None]] = {
    "Nullable": _skip_nullable,
    "Array": _skip_array,
    "Map": _skip_array,  # an array of (key, value)
    "Nested": _skip_array,
    "Tuple": _skip_tuple,
    "LowCardinality": _skip_low_cardinality,
    "SimpleAggregateFunction": lambda reader, inner, rows: _skip_rows(reader, inner[-1], rows),
}


def _decimal_width(precision: int) -> int:
    return next(width for most, width in DECIMAL_WIDTHS if precision <= most)


def _unnamed(part: str) -> str:
    """``a Int8`` of a named tuple -> ``Int8``."""
    return FIELD_NAME.sub("", part)


def _arguments(text: str) -> list[str]:
    """Split at the commas outside parentheses and quotes."""
    parts, depth, quoted, current = [], 0, False, ""
    for at, char in enumerate(text):
        if char == "'" and (at == 0 or text[at - 1] != "\\"):
            quoted = not quoted
        if not quoted:
            depth += {"(": 1, ")": -1}.get(char, 0)
            if char == "," and not depth:
                parts.append(current.strip())
                current = ""
                continue
        current += char
    return [*parts, current.strip()] if current.strip() else parts
