from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from semsearch.encoding import runtime
from semsearch.encoding.runtime import best_precision, has_openvino, load_openvino, openvino_core, processor
from semsearch.errors import OutOfMemory
from tests.encoding.tiny import run


class Processor:
    """A fake openvino.Core that only has capabilities."""

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


def test_this_processor_has_a_supported_precision() -> None:
    assert best_precision(openvino_core()) in {"bf16", "f32"}


def test_openvino_telemetry_is_disabled() -> None:
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


# --- without OpenVINO -------------------------------------------------------------------------------------------------


@pytest.fixture
def uncached() -> Iterator[None]:
    """Clear the cached result, which lasts as long as the process, before and after the test."""
    has_openvino.cache_clear()
    yield
    has_openvino.cache_clear()


@pytest.mark.usefixtures("uncached")
def test_openvino_runs_here(caplog: pytest.LogCaptureFixture) -> None:
    assert has_openvino()
    assert not caplog.messages


@pytest.mark.usefixtures("uncached")
@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("No module named 'openvino'"),
        ImportError("cannot open shared object file"),
        OSError("[WinError 126] The specified module could not be found"),
        RuntimeError("Cannot load library 'libopenvino_intel_cpu_plugin.so'"),
    ],
)
def test_missing_openvino_is_logged_once_with_the_reason(
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


def test_the_processor_description_has_the_openvino_release() -> None:
    """It is the same in each call."""
    assert processor() == processor()
    assert load_openvino().__version__ in processor()
    assert openvino_core().get_property("CPU", "FULL_DEVICE_NAME") in processor()


def test_processors_with_different_capabilities_are_distinguished(monkeypatch: pytest.MonkeyPatch) -> None:
    """Virtual machines often give different processors the same name."""

    class Named(Processor):
        def get_property(self, device: str, name: str) -> Any:
            return "a processor" if name == "FULL_DEVICE_NAME" else super().get_property(device, name)

    def describe(*capabilities: str) -> str:
        monkeypatch.setattr(runtime, "_core", lambda: Named(*capabilities))
        return processor()

    assert describe("FP32", "BF16") != describe("FP32")
    assert describe("FP32", "BF16") == describe("BF16", "FP32")


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


def test_a_signal_after_the_last_encoder_was_freed_on_another_thread_is_harmless(good: Path) -> None:
    """A service frees an encoder on a worker thread when it has loaded a newer one."""
    ran = run(SWAPPED, good)
    assert (ran.returncode, ran.stdout) == (0, "handled\n"), ran.stderr


def test_a_lack_of_memory_is_no_reason_to_use_what_needs_more(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("Cannot load library:\nfailed to map segment from shared object")

    monkeypatch.setattr(runtime, "openvino_core", fail)
    has_openvino.cache_clear()
    try:
        with pytest.raises(OutOfMemory, match="Cannot load library: failed to map segment from shared object; free"):
            has_openvino()
    finally:
        has_openvino.cache_clear()
    assert not caplog.records
