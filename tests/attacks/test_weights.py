"""Weights that claim to be huge, or are damaged, are an error.

More on damaged and pickled weights: tests/encoding/test_models.py, test_reference.py and test_opening.py.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from semsearch.encoding import open_encoder
from semsearch.encoding.models import resolve_model
from semsearch.errors import SemsearchError
from semsearch.model_card import BUILT_IN


def header(content: bytes, length: int | None = None) -> bytes:
    """The beginning of a file of safetensors: the length of the header, and the header."""
    return (len(content) if length is None else length).to_bytes(8, "little") + content


HUGE_TENSOR = {"embeddings": {"dtype": "F32", "shape": [1 << 40, 1 << 20], "data_offsets": [0, 1 << 62]}}


@pytest.mark.parametrize(
    "weights",
    [
        b"",
        header(b"{}", length=(1 << 63) - 1),
        header(b"{}", length=1 << 40),
        header(json.dumps(HUGE_TENSOR).encode()),
        header(b'{"a":' * 10_000),
        b"\x80\x04\x95",
    ],
)
def test_weights_that_claim_to_be_huge_are_an_error_in_one_line(weights: bytes, tmp_path: Path) -> None:
    original = Path(resolve_model(BUILT_IN).path)
    folder = tmp_path / "model"
    shutil.copytree(original, folder, ignore=lambda _, names: [name for name in names if name.endswith(".safetensors")])
    (folder / "model.safetensors").write_bytes(weights)
    with pytest.raises(SemsearchError) as refused:
        open_encoder(str(folder), cache=tmp_path / "cache")
    assert "\n" not in str(refused.value)
