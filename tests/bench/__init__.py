"""Benchmarks: `make bench`; ratios within one run, never a timed test."""
