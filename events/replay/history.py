"""Which dead letters were sent again: remembered in PostgreSQL by the digest of their bytes.

By bytes and not by key: a message that comes back as poison is a new letter with the old bytes, and
must not be sent again for ever.
"""

from collections.abc import Iterable, Sequence

from events.models import Replayed
from events.replay.letter import DeadLetter, digest


def replayed(letters: Iterable[DeadLetter]) -> frozenset[str]:
    """Digests of those that were sent before."""
    wanted = {each.digest for each in letters}
    rows = Replayed.objects.filter(digest__in=wanted).values_list("digest", flat=True)
    return frozenset(rows)


def remember(letters: Sequence[DeadLetter], *, edited_value: bytes | None = None) -> None:
    """Note that these were sent; ``edited_value`` is what was sent in place of one of them."""
    edited = edited_value is not None
    rows = {
        each.digest: Replayed(
            digest=each.digest, dead_letter=each.key[:300], reason=each.reason[:64], edited=edited
        )
        for each in letters
    }
    if edited_value is not None:
        name = digest(edited_value)
        first = letters[0]
        rows[name] = Replayed(
            digest=name, dead_letter=first.key[:300], reason=first.reason[:64], edited=True
        )
    Replayed.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["digest"],
        update_fields=["dead_letter", "reason", "edited", "replayed_at"],
    )
