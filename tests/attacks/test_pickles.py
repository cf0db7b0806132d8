"""No file is loaded as a pickle, which could run code."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from tests.attacks.sources import argument, calls, imported

MAKES_DIGESTS = "semsearch/rebuilding/post_memory.py"
"""Pickles posts only to compute digests."""


class Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, proof: Path) -> None:
        self._proof = proof

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._proof,)


def test_a_bomb_explodes(tmp_path: Path) -> None:
    """Otherwise the tests that use it would show nothing."""
    pickle.loads(pickle.dumps(Bomb(tmp_path / "proof")))
    assert (tmp_path / "proof").exists()


@pytest.mark.parametrize("module", ["dill", "cloudpickle", "joblib", "shelve", "marshal", "_pickle"])
def test_no_module_unpickles_by_another_library(module: str) -> None:
    assert not [str(file) for file, name in imported() if name.split(".")[0] == module]


def test_only_nameless_files_of_this_process_are_unpickled() -> None:
    """Others cannot write to a ``TemporaryFile``: it has no name."""
    loading = {str(file) for file, name, _ in calls() if name in ("pickle.load", "pickle.loads", "pickle.Unpickler")}
    assert loading == {"semsearch/ingest/spool.py", "semsearch/rebuilding/spool.py"}
    temporary = {str(file) for file, name, _ in calls() if name.split(".")[-1] == "TemporaryFile"}
    opened = {str(file) for file, name, _ in calls() if name == "open" or name.endswith(".open")}
    assert loading <= temporary - opened
    assert {str(file) for file, name in imported() if name == "pickle"} == loading | {MAKES_DIGESTS}


def test_arrays_are_loaded_without_objects() -> None:
    loads = [(file, call) for file, name, call in calls() if name in ("np.load", "numpy.load")]
    assert loads
    assert not [str(file) for file, call in loads if argument(call, "allow_pickle") is not False]


def test_weights_are_not_loaded_by_torch() -> None:
    """``torch.load`` reads pickles; safetensors are read by their library."""
    assert not [str(file) for file, name, _ in calls() if name.endswith("torch.load")]


@pytest.mark.parametrize("name", ["eval", "exec", "compile", "__import__", "os.system", "os.popen"])
def test_no_text_is_run_as_a_program(name: str) -> None:
    assert not [str(file) for file, called, _ in calls() if called == name]


def test_no_program_is_started_through_a_shell() -> None:
    assert not [str(file) for file, _, call in calls() if argument(call, "shell") is True]
