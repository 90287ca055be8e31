"""Django's PostgreSQL backend, which says how to start the server when there is none."""
