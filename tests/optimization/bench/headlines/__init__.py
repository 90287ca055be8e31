"""The replay of headline tests."""
