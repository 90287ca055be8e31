"""Which hits on the ad server count: rules, and what Redis remembers for them."""
