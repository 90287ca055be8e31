"""An empty object store for each test; the model is loaded once a process."""

import pytest

from adplatform.clients import objects


@pytest.fixture(autouse=True)
def object_store(settings, tmp_path):
    """A folder of the test's own."""
    settings.OBJECT_STORE_URL = f"file://{tmp_path / 'objects'}"
    return objects
