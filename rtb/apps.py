"""The bidder: bids that exchanges accept, and what marketers configure for them."""

from django.apps import AppConfig


class RtbConfig(AppConfig):
    name = "rtb"
    verbose_name = "Exchanges"
