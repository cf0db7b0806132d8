"""Models that are opened concurrently, and exports that are killed."""

from __future__ import annotations

import os
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from semsearch.encoding import Encoder, open_encoder, opening
from tests.encoding.tiny import WORDS, documents, files
from tests.forked import ForkedProcess


def test_concurrent_threads_export_a_model_once(
    model: Path, tmp_path: Path, tiny_encoder: Encoder, exports: list[str]
) -> None:
    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(lambda _: open_encoder(str(model), cache=tmp_path), range(4)))
    assert len(exports) == 1
    for encoder in opened:
        assert encoder.backend == tiny_encoder.backend
        np.testing.assert_allclose(documents(encoder, WORDS), documents(tiny_encoder, WORDS), atol=1e-5)


def copy_slowly(good: Path, folder: Path) -> None:
    for file in good.iterdir():
        if file.name != "digests.json":
            shutil.copy(file, folder)
            time.sleep(0.1)


def open_beside_another(model: Path, cache: Path, good: Path, mine: Path, other: Path) -> None:
    """Open a model when another process is about to do the same, and print what came of it."""

    def export(_: object, folder: Path) -> None:
        print("exported")  # noqa: T201  (a test reads it)
        copy_slowly(good, folder)

    setattr(opening, "ReferenceEncoder", lambda model: None)  # noqa: B010  (it loads torch and is not needed)
    setattr(opening, "export", export)  # noqa: B010
    mine.touch()
    while not other.exists():
        time.sleep(0.01)
    encoder = open_encoder(str(model), cache=cache)
    print(encoder.backend, encoder.encode_queries(["tide"]).tobytes().hex(), flush=True)  # noqa: T201


def test_concurrent_processes_export_a_model_once(
    model: Path, tmp_path: Path, good: Path, tiny_encoder: Encoder
) -> None:
    """The export is a copy of a good one, made slowly, so that the other process comes while it is unfinished."""
    cache, started = tmp_path / "cache", (tmp_path / "0", tmp_path / "1")
    processes = [ForkedProcess(open_beside_another, model, cache, good, *order) for order in (started, started[::-1])]
    exports = 0
    for output, code in map(ForkedProcess.end, processes):
        assert code == 0
        *exported, opened = output.splitlines()
        exports += len(exported)
        form, vector = opened.split()
        assert form == tiny_encoder.backend
        found = np.frombuffer(bytes.fromhex(vector), dtype=np.float32)
        np.testing.assert_allclose(tiny_encoder.encode_queries(["tide"])[0], found, atol=1e-5)
    assert exports == 1
    assert files(cache / "encoders") == {".lock", good.name}


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def export_and_die(model: Path, cache: Path, good: Path, step: str) -> None:
    """Export a model, and die before a file is written, or before the last two steps."""

    def export(_: object, folder: Path) -> None:
        for file in ("model.xml", "model.bin", "tokenizer.json", "card.json"):
            if step == file:
                die()
            shutil.copy(good / file, folder)

    setattr(opening, "ReferenceEncoder", lambda model: None)  # noqa: B010  (it loads torch and is not needed)
    setattr(opening, "export", export)  # noqa: B010
    if step == "digests":
        setattr(opening, "_digests", die)  # noqa: B010
    if step == "rename":
        setattr(Path, "rename", die)  # noqa: B010
    open_encoder(str(model), cache=cache)


def test_a_killed_export_is_never_opened_and_is_removed(
    model: Path, tmp_path: Path, good: Path, tiny_encoder: Encoder, copied_exports: list[str]
) -> None:
    for step in ("model.xml", "model.bin", "digests", "rename"):
        assert ForkedProcess(export_and_die, model, tmp_path, good, step).end() == ("", -signal.SIGKILL)
        assert files(tmp_path / "encoders") == {".lock", ".unfinished"}
    opened = open_encoder(str(model), cache=tmp_path)
    assert copied_exports == [str(model)]
    np.testing.assert_allclose(documents(opened, WORDS), documents(tiny_encoder, WORDS), atol=1e-5)
    assert files(tmp_path / "encoders") == {".lock", good.name}
