"""The paths of the bidding reports, below /api/; the bid and notice doors are in rtb/wiring.py."""

from django.urls import path

from rtb.report.views import BiddingView, ReasonsView

urlpatterns = [
    path("report/rtb/", BiddingView.as_view(), name="report-rtb"),
    path("report/rtb/reasons/", ReasonsView.as_view(), name="report-rtb-reasons"),
]
