"""A template's composition: learnt from its literal embeddings, it makes those of any combination.

combo_emb/{model revision}/composition.npz holds what each value adds: of component c the asset ids
``ids_{c}`` and ``table_{c}``, and ``middle``.
"""

import io
import zipfile
from collections.abc import Sequence

import numpy as np

from adplatform.clients import objects
from campaigns.models import Template
from optimization.embeddings import shards
from optimization.embeddings.compose import Composition, explained, learn
from optimization.embeddings.encoder import text_encoder
from optimization.embeddings.rows import load
from optimization.embeddings.shards import Folder
from optimization.problem import Combination, Floats, Ints

Columns = Sequence[Sequence[int]]  # asset ids per component


def learn_composition(template: Template, columns: Columns) -> float | None:
    """Learn it from the literal embeddings that are kept, and keep it; ``columns``: all values.

    Returns R2 on combinations that it did not learn from; None where there is nothing to learn
    from. Raises ModelMissing, ObjectStoreUnavailable and the like.
    """
    folder = _folder(template)
    kept = [(combinations, rows) for combinations, rows in shards.read(folder)]
    parts = [part for part in load(template.pk, columns) if part is not None]
    if not kept or len(parts) < len(columns):
        return None
    combinations = [each for some, _ in kept for each in some]
    whole = np.concatenate([rows for _, rows in kept]).astype(np.float64)
    values, known = indices(combinations, columns)
    found = learn(parts, values, whole[known])
    objects.put(_key(folder), _packed(found, columns))
    return explained(parts, values, whole[known])


def composed(template: Template, combinations: Sequence[Combination]) -> Floats | None:
    """Embeddings of combinations, ``(n, dim)``, rows of unit norm; nothing is embedded for it.

    A value that came later adds nothing. None where no composition was learnt. Raises ModelMissing,
    ObjectStoreUnavailable and the like.
    """
    content = objects.get(_key(_folder(template)))
    found = None if content is None else _unpacked(content)
    if found is None:
        return None
    composition, columns = found
    total = np.tile(composition.middle, (len(combinations), 1))
    for c, column in enumerate(columns):
        where = {asset: row for row, asset in enumerate(column)}
        table = np.vstack([composition.tables[c], np.zeros((1, len(composition.middle)))])
        total += table[[where.get(each[c], len(column)) for each in combinations]]
    norms = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(total / np.where(norms > 0, norms, 1.0))


def indices(combinations: Sequence[Combination], columns: Columns) -> tuple[Ints, list[int]]:
    """Positions of the assets in their columns, ``(n, C)``, and which rows are of known ones."""
    where = [{asset: row for row, asset in enumerate(column)} for column in columns]
    found = [
        (row, [at[asset] for at, asset in zip(where, each, strict=True)])
        for row, each in enumerate(combinations)
        if len(each) == len(where) and all(a in at for at, a in zip(where, each, strict=True))
    ]
    values = np.array([each for _, each in found], np.int64).reshape(len(found), len(columns))
    return values, [row for row, _ in found]


def _folder(template: Template) -> Folder:
    return Folder(template.tenant_id, template.pk, text_encoder().model.revision)


def _key(folder: Folder) -> str:
    return f"{folder.prefix}/composition.npz"


def _packed(composition: Composition, columns: Columns) -> bytes:
    content = io.BytesIO()
    ids = {f"ids_{c}": np.asarray(column, np.int64) for c, column in enumerate(columns)}
    tables = {f"table_{c}": table for c, table in enumerate(composition.tables)}
    np.savez(content, middle=composition.middle, allow_pickle=False, **ids, **tables)
    return content.getvalue()


def _unpacked(content: bytes) -> tuple[Composition, list[list[int]]] | None:
    """None where the object is damaged: the next run makes it again."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as found:
            count = sum(name.startswith("ids_") for name in found.files)
            tables = tuple(found[f"table_{c}"] for c in range(count))
            columns = [found[f"ids_{c}"].tolist() for c in range(count)]
            return Composition(tables, found["middle"]), columns
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile):
        return None
