"""Faults that somebody makes happen: engines stopped under a running platform."""
