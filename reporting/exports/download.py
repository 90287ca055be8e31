"""The file of an export as it travels: compressed if the client can, else unpacked on the way."""

import zlib
from collections.abc import Iterator
from typing import Final

from adplatform.clients import objects
from reporting.models import ReportExport

GZIP: Final = 16 + zlib.MAX_WBITS
MOST: Final = objects.CHUNK_BYTES  # unpacked at once


def packed(export: ReportExport) -> objects.Pieces | None:
    """The gzip file piece by piece, to be closed; None when it is not in the object store."""
    return objects.chunks(export.object_key)


def unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What the gzip pieces hold, in bounded memory."""
    unzip = zlib.decompressobj(GZIP)
    for piece in pieces:
        yield unzip.decompress(piece, MOST)
        while unzip.unconsumed_tail:
            yield unzip.decompress(unzip.unconsumed_tail, MOST)
    yield unzip.flush()


def takes_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header allows gzip (RFC 9110, 12.5.3)."""
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        coding, _, parameters = part.partition(";")
        weights[coding.strip()] = _weight(parameters)
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
