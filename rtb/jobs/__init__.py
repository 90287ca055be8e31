"""What bidding learns in the background: one run of each job at a time, account by account."""
