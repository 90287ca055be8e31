"""What reporting remembers in PostgreSQL."""

from reporting.models.attribution import AttributionRun
from reporting.models.export import ReportExport

__all__ = ["AttributionRun", "ReportExport"]
