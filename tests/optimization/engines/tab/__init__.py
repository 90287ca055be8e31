"""Tests of the component tables."""
