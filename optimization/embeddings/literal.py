"""The flow that embeds whole combinations, of their joined texts: on request, and up to a cap."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from math import ceil
from typing import Final

import numpy as np
from django.db.models import Q

from campaigns.models import Component, Template
from optimization.catalogue import NO_BANS, bans_by_template, build_space, rules_by_template
from optimization.embeddings import shards
from optimization.embeddings.choose import chosen
from optimization.embeddings.columns import columns_of
from optimization.embeddings.encoder import SentenceEncoder, text_encoder
from optimization.embeddings.shards import Folder, Shard
from optimization.problem import Combination
from optimization.space import Space

CAP: Final = 5000  # a minute of one core
SEPARATOR: Final = " | "


class NothingToEmbed(Exception):
    """Rules, bans and switched-off values leave no combination, or the cap is 0."""


@dataclass(frozen=True, slots=True)
class Step:
    """One shard done."""

    shard: int  # from 0
    shards: int
    rows: int
    embedded: bool  # False: it was there already


def embed_literally(template: Template, cap: int = CAP, *, dry_run: bool = False) -> Iterator[Step]:
    """Embed every allowed combination, or ``cap`` spread over a larger space, shard by shard.

    Goes on where a run that was stopped left off; ``dry_run`` only says which shards are missing.
    Raises NothingToEmbed, ModelMissing, ObjectStoreUnavailable and the like.
    """
    encoder = text_encoder()
    space, texts = space_of(template), texts_of(template)
    combinations = list(chosen(space, cap))
    if not combinations:
        raise NothingToEmbed(f"{template}: no combination is left to embed")
    folder = Folder(template.tenant_id, template.pk, encoder.model.revision)
    total = ceil(len(combinations) / shards.ROWS)
    for index, part in enumerate(_parts(combinations)):
        embedded = _embed_part(encoder, folder.shard(index), part, texts, dry_run=dry_run)
        yield Step(index, total, len(part), embedded)
    if not dry_run:
        shards.drop_from(folder, total)


def space_of(template: Template) -> Space:
    """What may serve, as the template's rows say now."""
    components = (
        Component.objects.for_tenant(template.tenant_id)
        .filter(template=template)
        .order_by("position", "id")
        .prefetch_related("assets")
    )
    which = Q(template=template)
    bans = bans_by_template(which).get(template.pk, NO_BANS)
    columns = [list(component.assets.all()) for component in components]
    return build_space(columns, rules_by_template(which)[template.pk], bans)


def texts_of(template: Template) -> Mapping[int, str]:
    """The words of every value, by asset id."""
    return {
        value.asset_id: value.text for column in columns_of(template) for value in column.values
    }


def _embed_part(
    encoder: SentenceEncoder,
    shard: Shard,
    part: list[Combination],
    texts: Mapping[int, str],
    *,
    dry_run: bool,
) -> bool:
    joined = [SEPARATOR.join(texts[asset] for asset in each) for each in part]
    digest = sha256("\n".join(joined).encode("utf-8", "surrogatepass")).hexdigest()
    if shards.holds(shard, digest):
        return False
    if not dry_run:
        shards.write(shard, part, encoder.encode(joined).astype(np.float16), digest)
    return True


def _parts(combinations: list[Combination]) -> Iterator[list[Combination]]:
    rest = iter(combinations)
    while part := list(islice(rest, shards.ROWS)):
        yield part
