"""The numbered files for a cluster of shards and replicas (pure).

Local tables lie in the database ``<name>_shard`` and replicate; tables of the same names in
``<name>`` are Distributed over them. Rows of one user go to one shard.
"""

import re
from dataclasses import dataclass
from typing import Final

SUFFIX: Final = "_shard"
REPLICATION: Final = "'/clickhouse/tables/{uuid}/{shard}', '{replica}'"
EVERYWHERE: Final = "'/clickhouse/tables/{uuid}/all', '{shard}-{replica}'"
MIGRATIONS: Final = "schema_migrations"  # every node has all of it
SHARDED_BY: Final = {  # other tables: any shard, their rows are added up
    "ad_events_raw": "cityHash64(tenant_id, user_id)",
    "ad_conversion_credits": "cityHash64(tenant_id, conversion_id)",  # its versions meet
    "rtb_bids": "cityHash64(tenant_id, event_id)",  # a repeated insert meets the first
}
WINDOW: Final = "non_replicated_deduplication_window = 100000"
REPLICATED_WINDOW: Final = (
    "replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 604800"
)
NAME: Final = re.compile(
    r"\b(?:ad_[a-z0-9]+_[a-z0-9_]+|rtb_(?:bids|(?:spend|minute)_\w+)|schema_migrations)\b"
)
COMMENT: Final = re.compile(r"^--.*\n", re.MULTILINE)
ENGINE: Final = re.compile(r"ENGINE = (\w*MergeTree)(\()?")
HEADS: Final = (
    re.compile(r"^(CREATE (?:OR REPLACE )?TABLE (?:IF NOT EXISTS )?)(\w+)"),
    re.compile(r"^(CREATE MATERIALIZED VIEW IF NOT EXISTS )(\w+)"),
    re.compile(r"^(ALTER TABLE )(\w+)"),
    re.compile(r"^(DROP (?:TABLE|VIEW) IF EXISTS )(\w+)"),
    re.compile(r"^(EXCHANGE TABLES \w+ AND )(\w+)"),
)
CLUSTER_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
TEMPORARY: Final = "_new"  # what a file makes and drops again


class NotForClusters(Exception):
    """A statement that has no cluster form; the message holds it."""


class BadName(Exception):
    """The cluster's name cannot be one; the message says what may stand in it."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The cluster's name in the server's configuration, and the database that is read."""

    name: str
    database: str

    def __post_init__(self) -> None:
        """Raises:
        BadName: it would not be a plain word in the SQL.
        """
        if not CLUSTER_NAME.fullmatch(self.name):
            raise BadName(
                f"{self.name!r} is not the name of a cluster: letters, digits, - and _; "
                "ClickHouse lists them with SELECT DISTINCT cluster FROM system.clusters"
            )

    @property
    def shard(self) -> str:
        """The database of the local tables."""
        return f"{self.database}{SUFFIX}"

    @property
    def on(self) -> str:
        return f"ON CLUSTER '{self.name}'"


def statements(cluster: Cluster, plain: list[str]) -> list[str]:
    """The cluster form of one file's statements.

    ``INSERT ... SELECT`` is left out: it fills a table from rows of an older release, and a
    cluster begins empty.
    """
    texts = [COMMENT.sub("", text).strip() for text in plain]
    kept = [text for text in texts if not text.startswith("INSERT ")]
    local = [_local(cluster, text) for text in kept]
    tables = sorted({name for text in kept for name in _changed(text)})
    first = [_database(cluster)] if MIGRATIONS in tables else []
    return first + local + [_distributed(cluster, name) for name in tables]


def _database(cluster: Cluster) -> str:
    return f"CREATE DATABASE IF NOT EXISTS {cluster.shard} {cluster.on}"


def _local(cluster: Cluster, text: str) -> str:
    for head in HEADS:
        if head.match(text):
            text = head.sub(rf"\1\2 {cluster.on}", text, count=1)
            break
    else:
        raise NotForClusters(f"no cluster form is known for: {text}")
    text = text.replace(WINDOW, REPLICATED_WINDOW)
    where = EVERYWHERE if _changed(text) == [MIGRATIONS] else REPLICATION
    text = ENGINE.sub(lambda found: _replicated(found, where), text, count=1)
    return NAME.sub(lambda found: f"{cluster.shard}.{found.group()}", text)


def _replicated(found: re.Match[str], where: str) -> str:
    engine, arguments = found.groups()
    return f"ENGINE = Replicated{engine}({where}" + (", " if arguments else ")")


def _changed(text: str) -> list[str]:
    """The table whose columns a statement makes or changes, if any."""
    made = re.match(r"CREATE (?:OR REPLACE )?TABLE (?:IF NOT EXISTS )?(\w+)", text)
    altered = re.match(r"ALTER TABLE (\w+)\s+(?:ADD|DROP|MODIFY|RENAME) COLUMN", text)
    exchanged = re.match(r"EXCHANGE TABLES \w+ AND (\w+)", text)
    found = made or altered or exchanged
    return [found.group(1)] if found and not found.group(1).endswith(TEMPORARY) else []


def _distributed(cluster: Cluster, table: str) -> str:
    key = SHARDED_BY.get(table, "rand()")
    return (
        f"CREATE OR REPLACE TABLE {cluster.database}.{table} {cluster.on} "
        f"AS {cluster.shard}.{table}\n"
        f"ENGINE = Distributed('{cluster.name}', '{cluster.shard}', '{table}', {key})"
    )
