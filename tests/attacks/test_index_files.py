"""Somebody who can write to the index folder cannot make semsearch read or run anything else.

Damage and exchange are found by digests (tests/index). Here the digests are right: the files are of an attacker.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

import semsearch
from semsearch.errors import SemsearchError
from semsearch.index import Snapshot
from semsearch.index.storage.manifest import FileDigest, Manifest
from tests.attacks.test_pickles import Bomb


@pytest.fixture
def version(demo_index: Path, tmp_path: Path) -> Path:
    """A copy of a version."""
    [original] = (demo_index / "versions").iterdir()
    return Path(shutil.copytree(original, tmp_path / "index" / "versions" / original.name))


def with_right_digest(version: Path, name: str) -> None:
    """Enter a changed file into the manifest."""
    content = (version / name).read_bytes()
    manifest = Manifest.load(version)
    digest = FileDigest(len(content), hashlib.sha256(content).hexdigest())
    (version / "manifest.json").unlink()
    manifest.with_files({**manifest.files, name: digest}).save(version)


def test_arrays_that_hold_objects_are_not_loaded(version: Path, tmp_path: Path) -> None:
    names = sorted(file.name for file in version.glob("*.np[yz]"))
    assert len(names) > 3
    for name in names:
        proof, genuine = tmp_path / f"{name} was run", (version / name).read_bytes()
        bomb = np.array([Bomb(proof)], dtype=object)
        if name.endswith(".npy"):
            np.save(version / name, bomb)
        else:
            with np.load(version / name) as arrays:
                np.savez(version / name, **dict.fromkeys(arrays, bomb))  # type: ignore[arg-type]
        with_right_digest(version, name)
        with pytest.raises(SemsearchError):
            Snapshot.open(version)
        assert not proof.exists()
        (version / name).write_bytes(genuine)
        with_right_digest(version, name)
    Snapshot.open(version).close()


@pytest.mark.parametrize("pointer", ["../elsewhere", "..", "/", "versions", "a/../../b", "x\0y", "", "." * 5_000, "\n"])
def test_the_pointer_leads_to_versions_of_the_index_alone(pointer: str, version: Path) -> None:
    index = version.parent.parent
    elsewhere = index / "elsewhere"
    shutil.copytree(version, elsewhere)
    (index / "CURRENT").write_text(pointer, encoding="utf-8")
    with pytest.raises(SemsearchError):
        semsearch.open(index)


def test_a_pipe_in_place_of_a_file_does_not_hang(version: Path) -> None:
    (version / "attributes.npz").unlink()
    os.mkfifo(version / "attributes.npz")
    with pytest.raises(SemsearchError):
        Snapshot.open(version)
