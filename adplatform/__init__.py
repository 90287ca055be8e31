"""The wiring of the platform; the Celery application is here so that ``shared_task`` finds it.

What runs in parallel are processes. OpenBLAS's own threads wait for each other by spinning: on a
busy machine of two cores a retraining took twice as long with them, so NumPy, which has not been
imported yet, gets one.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from adplatform.celery import app as celery_app

__all__ = ["celery_app"]
