"""The ClickHouse tables of the events: numbered SQL files, applied in order, each once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adplatform.clients import clickhouse
from events.schema.cluster import BadName, Cluster, NotForClusters, statements

__all__ = [
    "BadName",
    "Migration",
    "NotForClusters",
    "SchemaChanged",
    "apply",
    "migrations",
    "pending",
]

FOLDER = Path(__file__).parent
UNKNOWN_TABLE = 60  # ClickHouse's error code


class SchemaChanged(Exception):
    """A file that was applied has been edited since: add a new numbered file instead."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()[:16]

    @property
    def statements(self) -> list[str]:
        return [text.strip() for text in self.sql.split(";\n") if text.strip()]


def migrations() -> list[Migration]:
    """Every numbered file, in order."""
    return [
        Migration(int(path.name.partition("_")[0]), path.stem, path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("[0-9]*.sql"))
    ]


def expected_versions() -> list[int]:
    """The versions that this code needs."""
    return [migration.version for migration in migrations()]


def applied_versions() -> list[int]:
    """The versions that the server has; empty before the first run."""
    return sorted(_applied())


def pending() -> list[Migration]:
    """What ``apply`` would run.

    Raises:
        SchemaChanged: an applied file was edited.
    """
    return missing(migrations(), _applied())


def missing(wanted: Sequence[Migration], applied: Mapping[int, str]) -> list[Migration]:
    """The migrations that are not applied; ``applied`` is checksum by version."""
    for migration in wanted:
        if applied.get(migration.version, migration.checksum) != migration.checksum:
            raise SchemaChanged(
                f"{migration.name}.sql was edited after it was applied: "
                "restore it and put the change into a new numbered file"
            )
    return [migration for migration in wanted if migration.version not in applied]


def apply(cluster: str = "") -> list[Migration]:
    """Run what is pending, on a cluster where one is named, and record it.

    Safe to repeat and to run twice at once.

    Raises:
        BadName: the cluster's name cannot be one.
        NotForClusters: a statement has no cluster form.
    """
    if cluster:
        Cluster(cluster, clickhouse.database())  # also when nothing is pending
    todo = pending()
    for migration in todo:
        run(migration, cluster)
        record(migration)
    return todo


def texts(cluster: str = "") -> list[str]:
    """Every statement of every file."""
    return [text for migration in migrations() for text in _texts(migration, cluster)]


def run(migration: Migration, cluster: str = "") -> None:
    """The statements of one file; every file may be run again, also after a crash half-way."""
    for statement in _texts(migration, cluster):
        clickhouse.command(statement)


def _texts(migration: Migration, cluster: str) -> list[str]:
    if not cluster:
        return migration.statements
    return statements(Cluster(cluster, clickhouse.database()), migration.statements)


def record(migration: Migration) -> None:
    """Remember that a file was run."""
    names = ("version", "name", "checksum")
    row = {name: [getattr(migration, name)] for name in names}
    clickhouse.insert_columns("schema_migrations", row)


def _applied() -> dict[int, str]:
    try:
        rows = clickhouse.query("SELECT version, checksum FROM schema_migrations FINAL")
    except clickhouse.ClickHouseRefused as exc:
        if exc.code == UNKNOWN_TABLE:
            return {}
        raise
    return {int(version): str(checksum) for version, checksum in rows}
