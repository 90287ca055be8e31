"""The admin of exchanges."""
