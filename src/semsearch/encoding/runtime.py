"""How does OpenVINO start here? One place that loads it and says what the processor can do."""

from __future__ import annotations

import functools
import logging
import sys
import threading
from typing import Any

log = logging.getLogger(__name__)

_CORE_LOCK = threading.Lock()


def load_openvino() -> Any:
    """The openvino module, with its usage reports to its maker switched off: a search engine does not phone home.

    OpenVINO takes a stub in place of its telemetry package where that cannot be imported.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino  # noqa: PLC0415

    return openvino


def openvino_core() -> Any:
    """The one ``openvino.Core`` of this process, which lives to its end.

    The CPU plugin gives the thread that loads it a stack for signal handlers, and frees it when the last core goes, on
    whatever thread that is: the first thread would then be killed by its next signal.
    """
    with _CORE_LOCK:
        return _core()


@functools.cache
def has_openvino() -> bool:
    """Whether OpenVINO runs here; there are systems and processors that it is not made for."""
    try:
        best_precision(openvino_core())
    except (ImportError, OSError, RuntimeError) as error:
        log.warning("OpenVINO does not run here (%s); sentence-transformers is used, several times slower", error)
        return False
    return True


@functools.cache
def _core() -> Any:
    return load_openvino().Core()


def best_precision(core: Any) -> str:
    """``bf16`` where the processor computes in it (AVX-512 BF16, AMX), else ``f32``."""
    return "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"


def processor() -> str:
    """What tells one kind of processor from another, and one release of OpenVINO: speed depends on both."""
    core = openvino_core()
    capabilities = ",".join(sorted(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")))
    return f"{core.get_property('CPU', 'FULL_DEVICE_NAME')} ({capabilities}), OpenVINO {load_openvino().__version__}"
