"""The cluster form of the numbered files: golden text, which the engine's own parser accepts."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from adplatform.clients import clickhouse
from events import schema
from events.schema.cluster import SHARDED_BY, Cluster, NotForClusters, statements

GOLDEN = Path(__file__).parents[1] / "golden" / "cluster_schema"
CLUSTER = Cluster("ads", "adplatform")
FILES = pytest.mark.parametrize("migration", schema.migrations(), ids=lambda file: file.name)


def text_of(migration: schema.Migration) -> str:
    return ";\n\n".join([*statements(CLUSTER, migration.statements), ""])


@FILES
def test_a_file_has_the_golden_cluster_form(migration):
    assert text_of(migration) == (GOLDEN / f"{migration.name}.sql").read_text("utf-8")


@FILES
def test_the_engine_can_parse_it(migration, event_schema):
    for statement in statements(CLUSTER, migration.statements):
        assert clickhouse.query("SELECT formatQuery(%(sql)s)", {"sql": statement})[0][0]


def test_every_table_replicates_and_is_read_over_all_shards():
    texts = [text for file in schema.migrations() for text in statements(CLUSTER, file.statements)]
    made = [text for text in texts if "MergeTree" in text]
    assert all("ENGINE = Replicated" in text and "ON CLUSTER 'ads'" in text for text in made)
    assert not any("non_replicated" in text or text.startswith("INSERT") for text in texts)
    assert all("ON CLUSTER 'ads'" in text for text in texts)
    for table, key in SHARDED_BY.items():
        assert any(f"'{table}', {key})" in text for text in texts)


def test_a_statement_without_a_cluster_form_is_refused():
    with pytest.raises(NotForClusters, match="OPTIMIZE"):
        statements(CLUSTER, ["OPTIMIZE TABLE ad_events_raw FINAL"])


@pytest.mark.parametrize("options", [[], ["--print"]])
def test_a_name_that_cannot_be_a_cluster_is_refused(options):
    with pytest.raises(CommandError, match="letters, digits, - and _"):
        call_command("apply_event_schema", "--cluster", "bad name;", *options)


def test_the_command_prints_it_and_runs_nothing(settings, capsys):
    settings.CLICKHOUSE_URL = "clickhouse://127.0.0.1:1/adplatform"
    call_command("apply_event_schema", "--cluster", "ads", "--print")
    printed = capsys.readouterr().out
    assert all(text_of(file).strip() in printed for file in schema.migrations())
