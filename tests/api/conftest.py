from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.builders import service


@pytest.fixture(scope="session")
def client(demo_index: Path) -> Iterator[TestClient]:
    """The service over the demo index."""
    with TestClient(service(index=demo_index)) as client:
        yield client
