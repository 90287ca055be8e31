"""What the database itself enforces for tenants' tables, as migration operations."""

from collections.abc import Iterable

from django.db.migrations import RunSQL

CREATE_NOTIFY = """
CREATE FUNCTION notify_configuration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('configuration', TG_TABLE_NAME);
  RETURN NULL;
END $$;
"""
DROP_NOTIFY = "DROP FUNCTION notify_configuration();"


def owned_by_tenant(table: str) -> RunSQL:
    """Let other tables refer to (id, tenant_id) of this one."""
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_id_tenant UNIQUE (id, tenant_id)",
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_id_tenant",
    )


def same_tenant(table: str, column: str, parent: str) -> RunSQL:
    """A row may only refer to a parent row of its own tenant."""
    name = f"{table}_{column}_same_tenant"
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, tenant_id) "
        f"REFERENCES {parent} (id, tenant_id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


def notify_on_change(tables: Iterable[str]) -> list[RunSQL]:
    """Tell every web process at commit that configuration changed, however it was changed."""
    return [
        RunSQL(
            f"CREATE TRIGGER {table}_notify AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION notify_configuration()",
            f"DROP TRIGGER {table}_notify ON {table}",
        )
        for table in tables
    ]
