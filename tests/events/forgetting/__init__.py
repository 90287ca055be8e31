"""Forgetting users, on the real engines."""
