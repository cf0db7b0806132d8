from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from semsearch.encoding.runtime import best_precision, openvino_core
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
