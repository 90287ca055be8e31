"""Forgetting a user: stored rows removed, and every sum made equal to what is left."""
