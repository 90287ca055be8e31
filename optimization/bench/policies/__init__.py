"""The policies that the benchmark compares."""
