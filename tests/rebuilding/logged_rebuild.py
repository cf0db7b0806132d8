"""A rebuild without a model that a test kills in a process of its own: it prints what it encodes and what it caches."""

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
from tests.rebuilding import killed_rebuild
from tests.rebuilding.fakes import FakeEncoder, vector_of

BATCH_SIZE = 4
BATCH_SECONDS = 0.004
"""The least time of a batch."""
STEPS: dict[str, tuple[object, str, int]] = {"half copied": (shutil, "copyfile", 3)}
"""A step of the rebuild of an unchanged corpus, as in :data:`tests.rebuilding.killed_rebuild.STEPS`."""


class SlowEncoder(FakeEncoder):
    """Prints the digests of the texts of each batch before it encodes them."""

    def encode_documents(self, texts: Sequence[str]) -> Iterator[tuple[NDArray[np.intp], Vectors]]:
        for start in range(0, len(texts), BATCH_SIZE):
            batch = texts[start : start + BATCH_SIZE]
            print_line("encoding", [hashlib.sha256(text.encode()).digest() for text in batch])
            time.sleep(BATCH_SECONDS)
            yield np.arange(start, start + len(batch)), np.stack([vector_of(text) for text in batch])


def print_line(event: str, names: Sequence[bytes]) -> None:
    sys.stdout.write(" ".join((event, *(name.hex() for name in names))) + "\n")
    sys.stdout.flush()


def print_cached_keys() -> None:
    add = VectorCache.add

    def add_and_print(cache: VectorCache, keys: Sequence[bytes], vectors: Vectors) -> None:
        add(cache, keys, vectors)
        print_line("cached", keys)

    setattr(VectorCache, "add", add_and_print)  # noqa: B010  (a type checker refuses the plain assignment)


def main(corpus: Path, index: Path, step: str = "") -> None:
    module = importlib.import_module("semsearch.rebuilding.rebuild")  # the package's own "rebuild" is the function
    setattr(module, "open_encoder", lambda *_, **__: SlowEncoder())  # noqa: B010
    print_cached_keys()
    killed_rebuild.STEPS |= STEPS
    if step:
        killed_rebuild.die_after(step)
    module.rebuild(corpus, index)
    print_line("done", [])
