"""The ClickHouse engine (chDB) in one process that answers ClickHouse's native TCP protocol."""
