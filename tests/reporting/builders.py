"""Report queries with sensible defaults."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from reporting.query import ReportQuery

NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)


def a_query(**overrides) -> ReportQuery:
    fields = {
        "tenant_id": 1,
        "start": datetime(2026, 11, 1, tzinfo=UTC),
        "end": datetime(2026, 12, 1, tzinfo=UTC),
        "tz": ZoneInfo("UTC"),
    }
    return ReportQuery(**{**fields, **overrides})
