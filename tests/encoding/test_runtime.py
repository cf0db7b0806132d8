from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from semsearch.encoding import runtime
from semsearch.encoding.runtime import best_precision, has_openvino, load_openvino, openvino_core, processor
from tests.encoding.tiny import run


class Processor:
    """As much of openvino.Core as says what the processor can do."""

    def __init__(self, *capabilities: str) -> None:
        self._capabilities = list(capabilities)

    def get_property(self, device: str, name: str) -> list[str]:
        assert (device, name) == ("CPU", "OPTIMIZATION_CAPABILITIES")
        return self._capabilities


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [
        (("FP32", "INT8", "BIN", "EXPORT_IMPORT"), "f32"),
        (("FP32", "FP16"), "f32"),
        (("BF16", "FP32"), "bf16"),
        ((), "f32"),
    ],
)
def test_bf16_is_used_only_where_the_processor_has_it(capabilities: tuple[str, ...], precision: str) -> None:
    assert best_precision(Processor(*capabilities)) == precision


def test_this_processor_has_one_of_the_two() -> None:
    assert best_precision(openvino_core()) in {"bf16", "f32"}


def test_nothing_is_reported_to_the_maker_of_openvino() -> None:
    script = """
import sys
from semsearch.encoding.runtime import load_openvino
openvino = load_openvino()
openvino.Core()
import openvino.tools.ovc
loaded = [name for name, module in sys.modules.items() if name.startswith("openvino_telemetry") and module]
assert not loaded, loaded
assert load_openvino() is openvino
"""
    ran = run(script)
    assert ran.returncode == 0, ran.stderr


def test_all_threads_share_one_core() -> None:
    with ThreadPoolExecutor(4) as threads:
        assert {id(core) for core in threads.map(lambda _: openvino_core(), range(20))} == {id(openvino_core())}


# --- where it does not run --------------------------------------------------------------------------------------------


@pytest.fixture
def asked_anew() -> Iterator[None]:
    """The answer is kept for as long as the process lives: neither an earlier one nor that of a test."""
    has_openvino.cache_clear()
    yield
    has_openvino.cache_clear()


@pytest.mark.usefixtures("asked_anew")
def test_openvino_runs_here(caplog: pytest.LogCaptureFixture) -> None:
    assert has_openvino()
    assert not caplog.messages


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("No module named 'openvino'"),
        ImportError("cannot open shared object file"),
        OSError("[WinError 126] The specified module could not be found"),
        RuntimeError("Cannot load library 'libopenvino_intel_cpu_plugin.so'"),
    ],
)
def test_where_openvino_does_not_run_it_is_said_once_and_why(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def core() -> object:
        raise error

    monkeypatch.setattr(runtime, "_core", core)
    with caplog.at_level(logging.INFO, "semsearch"):
        assert [has_openvino() for _ in range(3)] == [False] * 3
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(error) in caplog.text
    assert "sentence-transformers is used" in caplog.text


def test_a_processor_is_told_with_its_release_of_openvino() -> None:
    """Speed depends on both; and it is the same from call to call."""
    assert processor() == processor()
    assert load_openvino().__version__ in processor()
    assert openvino_core().get_property("CPU", "FULL_DEVICE_NAME") in processor()


def test_processors_of_one_name_that_can_do_unlike_things_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in virtual machines, whose processors often have one name."""

    class Named(Processor):
        def get_property(self, device: str, name: str) -> Any:
            return "a processor" if name == "FULL_DEVICE_NAME" else super().get_property(device, name)

    def told(*capabilities: str) -> str:
        monkeypatch.setattr(runtime, "_core", lambda: Named(*capabilities))
        return processor()

    assert told("FP32", "BF16") != told("FP32")
    assert told("FP32", "BF16") == told("BF16", "FP32")


# --- signals ----------------------------------------------------------------------------------------------------------

SWAPPED = """
import gc, os, signal, sys, threading
from pathlib import Path
from semsearch.encoding.openvino import OpenVinoEncoder
encoders = [OpenVinoEncoder(Path(sys.argv[1]), "tiny")]
encoders[0].encode_queries(["tide"])

def drop():
    encoders.clear()
    gc.collect()

thread = threading.Thread(target=drop)
thread.start()
thread.join()
signal.signal(signal.SIGTERM, lambda *_: print("handled"))
os.kill(os.getpid(), signal.SIGTERM)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are a thing of Unix")
def test_a_signal_after_the_last_encoder_was_dropped_elsewhere_does_no_harm(good: Path) -> None:
    """A service drops an encoder on a worker's thread, when it has a newer one."""
    ran = run(SWAPPED, good)
    assert (ran.returncode, ran.stdout) == (0, "handled\n"), ran.stderr
