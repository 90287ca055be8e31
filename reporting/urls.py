"""The paths of the reports, below /api/."""

from django.urls import path

from reporting.exports.views import DownloadView, ExportsView, ExportView
from reporting.views import FunnelView, QueryView, SchemaView, SummaryView

urlpatterns = [
    path("report/summary/", SummaryView.as_view(), name="report-summary"),
    path("report/query/", QueryView.as_view(), name="report-query"),
    path("report/funnel/", FunnelView.as_view(), name="report-funnel"),
    path("report/schema/", SchemaView.as_view(), name="report-schema"),
    path("report/exports/", ExportsView.as_view(), name="report-exports"),
    path("report/exports/<uuid:export_id>/", ExportView.as_view(), name="report-export"),
    path(
        "report/exports/<uuid:export_id>/download/",
        DownloadView.as_view(),
        name="report-export-download",
    ),
]
