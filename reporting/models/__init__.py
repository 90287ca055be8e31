"""What reporting remembers in PostgreSQL."""

from reporting.models.attribution import AttributionRun

__all__ = ["AttributionRun"]
