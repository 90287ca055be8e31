"""How far each partition is stored: the ledger that decides, rather than Kafka's offsets."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class PartitionLedger(models.Model):
    """One partition; every message below ``next_offset`` is finished.

    A batch is open between ``open_first`` and ``open_last``: whoever takes the partition over
    finishes exactly that batch. ``version`` changes with every write, so that a worker that was
    superseded can write nothing. Belongs to the platform, not to a tenant: a partition holds all.
    """

    topic = models.CharField(max_length=249)
    partition = models.PositiveIntegerField()
    topic_id = models.CharField(max_length=64)
    partition_count = models.PositiveIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    owner = models.CharField(max_length=100, default="")

    next_offset = models.BigIntegerField()
    open_first = models.BigIntegerField(null=True)
    open_last = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField(null=True)
    excluded = ArrayField(models.BigIntegerField(), default=list)
    stored_below = models.BigIntegerField(default=0)

    epoch = models.CharField(max_length=64, default="")
    verify_until = models.DateTimeField(null=True)
    verify_reason = models.CharField(max_length=100, default="")

    watermark = models.DateTimeField(null=True)
    caught_up_at = models.DateTimeField(null=True)
    last_batch_at = models.DateTimeField(null=True)
    last_batch_rows = models.BigIntegerField(default=0)
    batches = models.BigIntegerField(default=0)
    inserted = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    dead_letters = models.BigIntegerField(default=0)
    consecutive_dead = models.BigIntegerField(default=0)
    recent_messages = models.BigIntegerField(default=0)
    recent_dead = models.BigIntegerField(default=0)
    halted = models.CharField(max_length=300, default="")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["topic", "partition"]
        constraints = [
            models.UniqueConstraint(fields=["topic", "partition"], name="one_ledger_per_partition"),
            models.CheckConstraint(
                condition=models.Q(open_first__isnull=True, open_last__isnull=True)
                | models.Q(
                    open_first__gte=models.F("next_offset"), open_last__gte=models.F("open_first")
                ),
                name="open_batch_lies_ahead",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition} at {self.next_offset}"


class Replayed(models.Model):
    """A dead letter that was sent again, by the SHA-256 of its bytes; of the platform, no tenant's.

    ``events/replay/history.py`` is the only writer.
    """

    digest = models.CharField(max_length=64, unique=True)
    dead_letter = models.CharField(max_length=300)
    reason = models.CharField(max_length=64, default="")
    edited = models.BooleanField(default=False)
    replayed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "replayed"

    def __str__(self) -> str:
        return f"{self.dead_letter} at {self.replayed_at:%Y-%m-%d %H:%M}"
