"""Literal embeddings of combinations in the object store, in shards.

creatives/{tenant}/{template}/combo_emb/{model revision}/shard-{k}.npy is an fp16 matrix that can be
mapped into memory. shard-{k}.json says which combinations its rows are, and is written last: a
shard without it, or of other texts, is made again.
"""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adplatform.clients import objects
from optimization.problem import Combination
from optimization.space import format_ad_id, parse_ad_id

ROWS: Final = 1000  # 10 s of one core: what a stopped run loses at most

Matrix = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Shard:
    """One piece."""

    stem: str

    @property
    def rows_key(self) -> str:
        return f"{self.stem}.npy"

    @property
    def about_key(self) -> str:
        return f"{self.stem}.json"


@dataclass(frozen=True, slots=True)
class Folder:
    """Of one template and model."""

    tenant_id: int
    template_id: int
    revision: str

    @property
    def prefix(self) -> str:
        return f"creatives/{self.tenant_id}/{self.template_id}/combo_emb/{self.revision}"

    def shard(self, index: int) -> Shard:
        return Shard(f"{self.prefix}/shard-{index}")


def holds(shard: Shard, digest: str) -> bool:
    """Whether the shard is complete and of these texts."""
    return _about(shard).get("digest") == digest and objects.exists(shard.rows_key)


def write(shard: Shard, combinations: Sequence[Combination], rows: Matrix, digest: str) -> None:
    """Keep a shard; ``rows``: (len(combinations), dim)."""
    content = io.BytesIO()
    np.save(content, rows, allow_pickle=False)
    objects.put(shard.rows_key, content.getvalue())
    about = {"digest": digest, "ad_ids": [format_ad_id(each) for each in combinations]}
    objects.put(shard.about_key, json.dumps(about).encode())


def read(folder: Folder) -> Iterator[tuple[list[Combination], Matrix]]:
    """The complete shards: their combinations and rows. Damaged ones are left out."""
    index = 0
    while found := objects.get(folder.shard(index).rows_key):
        combinations = [parse_ad_id(each) for each in _ad_ids(folder.shard(index))]
        try:
            rows = np.load(io.BytesIO(found), allow_pickle=False)
        except (ValueError, EOFError):
            rows = np.zeros((0, 0), np.float16)
        known = [each for each in combinations if each is not None]
        if len(known) == len(rows) > 0:
            yield known, rows
        index += 1


def drop_from(folder: Folder, first: int) -> None:
    """Forget the shards of an earlier, larger space."""
    keep = {key for i in range(first) for key in (f"shard-{i}.npy", f"shard-{i}.json")}
    for key in objects.list_keys(f"{folder.prefix}/"):
        if key.rpartition("/")[2] not in keep:
            objects.delete(key)


def _ad_ids(shard: Shard) -> list[str]:
    found = _about(shard).get("ad_ids")
    return [str(each) for each in found] if isinstance(found, list) else []


def _about(shard: Shard) -> dict[str, object]:
    try:
        found = json.loads(objects.get(shard.about_key) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
