"""The benchmark: simulated campaigns with a known truth and a replay of real headline tests."""
