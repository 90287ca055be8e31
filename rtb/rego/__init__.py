"""Rego in process: which modules we accept, their evaluation, and a trial in a child process."""
