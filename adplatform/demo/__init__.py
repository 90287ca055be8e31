"""The demo: an advertiser with campaigns, and visitors with a hidden taste who play over HTTP."""
