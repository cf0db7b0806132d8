"""Code that comes with a model is neither run nor fetched.

That such models are refused is tested in tests/encoding/test_models.py and test_reranker.py.
"""

from __future__ import annotations

import pytest

from tests.attacks.sources import argument, calls

LOADERS = ("SentenceTransformer", "CrossEncoder", "from_pretrained")


@pytest.mark.parametrize("name", LOADERS)
def test_no_loader_of_models_is_allowed_to_run_their_code(name: str) -> None:
    found = [(file, call) for file, called, call in calls() if called.split(".")[-1] == name]
    assert not [str(file) for file, call in found if argument(call, "trust_remote_code") is True]


def test_something_loads_models() -> None:
    assert {called.split(".")[-1] for _, called, _ in calls()} & set(LOADERS)
