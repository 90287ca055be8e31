"""The paths of the reports, below /api/."""

from django.urls import path

from reporting.views import SummaryView

urlpatterns = [path("report/summary/", SummaryView.as_view(), name="report-summary")]
