"""Models that are opened concurrently, and exports that are killed."""

from __future__ import annotations

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from semsearch.encoding import Encoder, open_encoder
from semsearch.encoding.opening import export_folder
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
import sys
from pathlib import Path
from semsearch.encoding import open_encoder
encoder = open_encoder(sys.argv[1], cache=Path(sys.argv[2]))
print(encoder.backend, encoder.encode_queries(["tide"]).tobytes().hex())
"""


def test_concurrent_processes_both_get_a_good_encoder(model: Path, tmp_path: Path, tiny_encoder: Encoder) -> None:
    with ThreadPoolExecutor(2) as threads:
        runs = list(threads.map(lambda _: run(OPEN, model, tmp_path), range(2)))
    for ran in runs:
        assert ran.returncode == 0, ran.stderr
        form, vector = ran.stdout.split()
        assert form == tiny_encoder.backend
        found = np.frombuffer(bytes.fromhex(vector), dtype=np.float32)
        np.testing.assert_allclose(tiny_encoder.encode_queries(["tide"])[0], found, atol=1e-5)
    assert files(tmp_path / "encoders") == {".lock", export_folder(tmp_path, tiny_encoder.card.fingerprint).name}


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


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL, which only POSIX systems have")
def test_a_killed_export_is_never_opened_and_is_removed(
    model: Path, tmp_path: Path, good: Path, tiny_encoder: Encoder
) -> None:
    for step in ("model.xml", "model.bin", "digests", "rename"):
        assert run(KILLED, model, tmp_path, good, step).returncode == -signal.SIGKILL
        assert files(tmp_path / "encoders") == {".lock", ".unfinished"}
    opened = open_encoder(str(model), cache=tmp_path)
    np.testing.assert_allclose(documents(opened, WORDS), documents(tiny_encoder, WORDS), atol=1e-5)
    assert files(tmp_path / "encoders") == {".lock", good.name}
