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


def same_tenant_link(table: str, left: tuple[str, str], right: tuple[str, str]) -> RunSQL:
    """Both rows that a many-to-many row joins, each ``(column, parent)``, have the same tenant."""
    (column, parent), (other_column, other_parent) = left, right
    name = f"{table}_one_tenant"
    return RunSQL(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF (SELECT tenant_id FROM {parent} WHERE id = NEW.{column}) IS DISTINCT FROM "
        f"(SELECT tenant_id FROM {other_parent} WHERE id = NEW.{other_column}) THEN "
        f"RAISE EXCEPTION '{table} joins rows of two tenants' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$; "
        f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}();",
        f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();",
    )
