from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from semsearch.api import create_app
from semsearch.settings import Settings


@pytest.fixture(scope="session")
def client(demo_index: Path) -> Iterator[TestClient]:
    """The service over the demo index."""
    with TestClient(create_app(Settings(index=demo_index))) as client:
        yield client
