"""The page that shows what bidding came to at exchanges."""
