"""The database wrapper that Django loads for ENGINE = "adplatform.clients.postgres"."""

from typing import Any

from django.db import OperationalError
from django.db.backends.postgresql import base

from adplatform.clients.errors import EngineNotRunning


class PostgresNotRunning(EngineNotRunning, OperationalError):
    """Commands that can do without the database (makemigrations) catch Django's own error."""


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL through psycopg 3."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if not self.settings_dict["HOST"]:
            raise PostgresNotRunning("PostgreSQL", "DATABASE_URL")
        return super().get_new_connection(conn_params)
