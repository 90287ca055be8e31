"""A mock exchange: valid bid requests, auctions against rivals, notices, visitors, the outcome."""
