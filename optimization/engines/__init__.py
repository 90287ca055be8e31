"""Engines: each learns from counts and says what serves next; one interface, engines/problem.py."""
