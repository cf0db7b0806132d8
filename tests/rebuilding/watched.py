"""A rebuild without a model, for a test to kill in a process of its own: it says what it computes and what is kept."""

from __future__ import annotations

import hashlib
import importlib
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import VectorCache
from semsearch.encoding.encoder import Vectors
from tests.rebuilding import killed
from tests.rebuilding.fakes import FakeEncoder, vector_of

BATCH = 4
PAUSE = 0.004
"""Seconds that a batch takes at least."""
STEPS: dict[str, tuple[object, str, int]] = {"half copied": (shutil, "copyfile", 3)}
"""What only the rebuild of an unchanged corpus does, as in :data:`tests.rebuilding.killed.STEPS`."""


class SlowEncoder(FakeEncoder):
    """Says which texts it computes, a batch at a time."""

    def encode_documents(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            tell("computes", [hashlib.sha256(text.encode()).digest() for text in batch])
            time.sleep(PAUSE)
            yield np.arange(start, start + len(batch)), np.stack([vector_of(text) for text in batch])


def tell(what: str, names: Sequence[bytes]) -> None:
    sys.stdout.write(" ".join((what, *(name.hex() for name in names))) + "\n")
    sys.stdout.flush()


def tell_what_is_kept() -> None:
    add = VectorCache.add

    def told(cache: VectorCache, keys: Sequence[bytes], vectors: Vectors) -> None:
        add(cache, keys, vectors)
        tell("kept", keys)

    setattr(VectorCache, "add", told)  # noqa: B010  (a type checker refuses the plain assignment)


def main(corpus: Path, index: Path, step: str = "") -> None:
    module = importlib.import_module("semsearch.rebuilding.rebuild")  # the package's own "rebuild" is the function
    setattr(module, "open_encoder", lambda *_, **__: SlowEncoder())  # noqa: B010
    tell_what_is_kept()
    killed.STEPS |= STEPS
    if step:
        killed.die_after(step)
    module.rebuild(corpus, index)
    tell("done", [])
