"""Models that are opened concurrently, and exports that are killed."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from semsearch.encoding import Encoder, open_encoder
from tests.encoding.tiny import WORDS, documents, files, run


def test_concurrent_threads_export_a_model_once(
    model: Path, tmp_path: Path, tiny_encoder: Encoder, exports: list[str]
) -> None:
    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(lambda _: open_encoder(str(model), cache=tmp_path), range(4)))
    assert len(exports) == 1
    for encoder in opened:
        assert encoder.backend == tiny_encoder.backend
        np.testing.assert_allclose(documents(encoder, WORDS), documents(tiny_encoder, WORDS), atol=1e-5)


OPEN = """
import shutil, sys, time
from pathlib import Path
from semsearch.encoding import opening
model, cache, good, mine, other = *map(Path, sys.argv[1:4]), *map(Path, sys.argv[4:])

def export(_, folder):
    print("exported")
    for file in good.iterdir():
        if file.name != "digests.json":
            shutil.copy(file, folder)
            time.sleep(0.1)

opening.ReferenceEncoder = lambda model: None  # which loads torch and is not needed
opening.export = export
mine.touch()
while not other.exists():
    time.sleep(0.01)
encoder = opening.open_encoder(str(model), cache=cache)
print(encoder.backend, encoder.encode_queries(["tide"]).tobytes().hex())
"""


def test_concurrent_processes_export_a_model_once(
    model: Path, tmp_path: Path, good: Path, tiny_encoder: Encoder
) -> None:
    """The export is a copy of a good one, made slowly, so that the other process comes while it is unfinished."""
    cache, started = tmp_path / "cache", (tmp_path / "0", tmp_path / "1")
    with ThreadPoolExecutor(2) as threads:
        runs = list(threads.map(lambda order: run(OPEN, model, cache, good, *order), (started, started[::-1])))
    exports = 0
    for ran in runs:
        assert ran.returncode == 0, ran.stderr
        *exported, opened = ran.stdout.splitlines()
        exports += len(exported)
        form, vector = opened.split()
        assert form == tiny_encoder.backend
        found = np.frombuffer(bytes.fromhex(vector), dtype=np.float32)
        np.testing.assert_allclose(tiny_encoder.encode_queries(["tide"])[0], found, atol=1e-5)
    assert exports == 1
    assert files(cache / "encoders") == {".lock", good.name}


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from semsearch.encoding import opening
model, cache, good, step = *map(Path, sys.argv[1:4]), sys.argv[4]

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def export(_, folder):
    for file in ("model.xml", "model.bin", "tokenizer.json", "card.json"):
        if step == file:
            kill()
        shutil.copy(good / file, folder)

opening.ReferenceEncoder = lambda model: None  # which loads torch and is not needed
opening.export = export
if step == "digests":
    opening._digests = kill
if step == "rename":
    Path.rename = kill
opening.open_encoder(str(model), cache=cache)
"""


def test_a_killed_export_is_never_opened_and_is_removed(
    model: Path, tmp_path: Path, good: Path, tiny_encoder: Encoder
) -> None:
    for step in ("model.xml", "model.bin", "digests", "rename"):
        assert run(KILLED, model, tmp_path, good, step).returncode == -signal.SIGKILL
        assert files(tmp_path / "encoders") == {".lock", ".unfinished"}
    opened = open_encoder(str(model), cache=tmp_path)
    np.testing.assert_allclose(documents(opened, WORDS), documents(tiny_encoder, WORDS), atol=1e-5)
    assert files(tmp_path / "encoders") == {".lock", good.name}
