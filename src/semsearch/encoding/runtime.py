"""Load OpenVINO and say what the processor supports."""

from __future__ import annotations

import functools
import logging
import sys
import threading
from typing import Any

from semsearch.errors import OutOfMemory
from semsearch.system_errors import is_lack_of_memory

log = logging.getLogger(__name__)

_CORE_LOCK = threading.Lock()


def load_openvino() -> Any:
    """Import the openvino module with its telemetry disabled.

    OpenVINO uses a stub if its telemetry package cannot be imported.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino  # noqa: PLC0415

    return openvino


def openvino_core() -> Any:
    """Return the only ``openvino.Core`` of this process, which is never freed.

    The CPU plugin gives the thread that loads it a stack for signal handlers, and frees that stack together with the
    last core, on any thread. The first thread would then crash at its next signal.
    """
    with _CORE_LOCK:
        return _core()


@functools.cache
def has_openvino() -> bool:
    """Return whether OpenVINO runs on this machine; it does not support every system and processor.

    Raises OutOfMemory: sentence-transformers needs more.
    """
    try:
        best_precision(openvino_core())
    except (ImportError, OSError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        if is_lack_of_memory(error):
            raise OutOfMemory(reason) from error
        log.warning("OpenVINO does not run here (%s); sentence-transformers is used, several times slower", reason)
        return False
    return True


@functools.cache
def _core() -> Any:
    return load_openvino().Core()


def best_precision(core: Any) -> str:
    """Return ``bf16`` if the processor computes in it (AVX-512 BF16, AMX), else ``f32``."""
    return "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"


def processor() -> str:
    """Describe the kind of processor and the release of OpenVINO, since speed depends on both."""
    core = openvino_core()
    capabilities = ",".join(sorted(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")))
    return f"{core.get_property('CPU', 'FULL_DEVICE_NAME')} ({capabilities}), OpenVINO {load_openvino().__version__}"
