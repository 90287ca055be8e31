"""One retraining of a template at a time: a lock that a killed worker loses by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection

NUMBER: Final = 7_265_637_000_000_000  # plus a template's id: no other advisory lock has it


class Busy(Exception):
    """This template is being retrained at this moment: let it finish."""


@contextmanager
def turn(template_id: int) -> Iterator[None]:
    """Hold PostgreSQL's advisory lock; it ends with the connection, whatever happens to us.

    Raises:
        Busy: another process holds it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [NUMBER + template_id])
        if not cursor.fetchone()[0]:
            raise Busy("This template is being retrained at this moment: let it finish.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [NUMBER + template_id])
