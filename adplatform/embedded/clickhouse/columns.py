"""Finding the end of a Native block: how many bytes each column type takes.

A block carries no length, so the receiver must know the layout of every type it accepts.
"""

import re
from collections.abc import Callable

from adplatform.embedded.clickhouse.wire import BytesReader, Reader, text

WIDTHS = {
    "Int8": 1, "UInt8": 1, "Bool": 1, "Enum8": 1, "Nothing": 1,
    "Int16": 2, "UInt16": 2, "Enum16": 2, "Date": 2, "BFloat16": 2,
    "Int32": 4, "UInt32": 4, "Float32": 4, "Date32": 4, "DateTime": 4, "IPv4": 4, "Decimal32": 4,
    "Time": 4, "Time64": 8,
    "Int64": 8, "UInt64": 8, "Float64": 8, "DateTime64": 8, "Decimal64": 8,
    "Int128": 16, "UInt128": 16, "UUID": 16, "IPv6": 16, "Decimal128": 16,
    "Int256": 32, "UInt256": 32, "Decimal256": 32,
}  # fmt: skip
INTERVALS = (
    "Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour", "Day", "Week",
    "Month", "Quarter", "Year",
)  # fmt: skip
WIDTHS.update((f"Interval{unit}", 8) for unit in INTERVALS)
DECIMAL_WIDTHS = ((9, 4), (18, 8), (38, 16), (76, 32))  # precision up to -> bytes
INDEX_WIDTHS = (1, 2, 4, 8)  # of LowCardinality keys, by the low byte of the serialisation type
TYPE = re.compile(r"^(\w+)(?:\((.*)\))?$", re.DOTALL)
FIELD_NAME = re.compile(r"^(?:[A-Za-z_]\w*|`(?:[^`\\]|\\.)*`)\s+(?=[A-Z])")
QUOTED_OR_EDGE = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[(),]", re.DOTALL)


class UnsupportedType(Exception):
    """A column type whose layout this process does not know."""


class MalformedBlock(Exception):
    """Bytes that are no block: where the next packet starts is not known."""


Column = tuple[str, str]


def split(type_name: str) -> tuple[str, list[str]]:
    """``Map(String, Array(Int8))`` -> ("Map", ["String", "Array(Int8)"])."""
    match = TYPE.match(type_name.strip())
    if not match:
        raise UnsupportedType(type_name)
    return match[1], _arguments(match[2] or "")


def check_known(type_name: str) -> None:
    """Raises UnsupportedType when a column of this type cannot be followed."""
    name, inner = split(type_name)
    if name not in KNOWN or (name in COMPOUND and not inner):
        raise UnsupportedType(type_name)
    if name in COMPOUND:
        for part in inner[-1:] if name == "SimpleAggregateFunction" else inner:
            check_known(_unnamed(part))


def skip_block(reader: Reader) -> list[Column]:
    """Read past one block (column and row counts included); its column names and types.

    Raises:
        UnsupportedType, MalformedBlock: the reader then stands somewhere inside the block.
    """
    columns, rows = reader.varint(), reader.varint()
    header: list[Column] = []
    for _ in range(columns):
        name, type_name = reader.text(), reader.text()
        header.append((name, type_name))
        if rows:
            _skip_column(reader, type_name, rows)
    return header


def retyped(block: bytes, header: list[Column]) -> bytes:
    """The block under the types of this header, which differ from its own in time zones only.

    The engine writes for the oldest clients, to which a DateTime column has no time zone.
    """
    reader, parts, copied = BytesReader(block), [], 0
    reader.varint()
    rows = reader.varint()
    for _, wanted in header:
        reader.text()
        start = reader.position
        if (own := reader.text()) != wanted:
            parts += [block[copied:start], text(wanted)]
            copied = reader.position
        if rows:
            _skip_column(reader, own, rows)
    return b"".join([*parts, block[copied:]])


def _skip_column(reader: Reader, type_name: str, rows: int) -> None:
    try:
        check_known(type_name)
        _skip_prefix(reader, type_name)
        _skip_rows(reader, type_name, rows)
    except (ValueError, IndexError, StopIteration, RecursionError) as exc:
        raise MalformedBlock(f"a column of type {type_name[:200]}: {exc!r}") from exc


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
    else:
        COMPOUND[name](reader, inner, rows)


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
KNOWN = frozenset({*WIDTHS, *COMPOUND, "String", "FixedString", "Decimal"})


def _decimal_width(precision: int) -> int:
    return next(width for most, width in DECIMAL_WIDTHS if precision <= most)


def _unnamed(part: str) -> str:
    """``a Int8`` of a named tuple -> ``Int8``."""
    return FIELD_NAME.sub("", part)


def _arguments(listed: str) -> list[str]:
    """Split at the commas outside parentheses and quotes."""
    parts, depth, start = [], 0, 0
    for match in QUOTED_OR_EDGE.finditer(listed):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if match[0] == "," and not depth:
            parts.append(listed[start : match.start()].strip())
            start = match.end()
    return [*parts, listed[start:].strip()] if listed[start:].strip() else parts
