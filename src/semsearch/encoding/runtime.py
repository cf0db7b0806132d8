"""How does OpenVINO start here? One place that loads it and says what the processor can do."""

from __future__ import annotations

import sys
from typing import Any


def load_openvino() -> Any:
    """The openvino module, with its usage reports to its maker switched off: a search engine does not phone home.

    OpenVINO takes a stub in place of its telemetry package where that cannot be imported.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino  # noqa: PLC0415

    return openvino


def best_precision(core: Any) -> str:
    """``bf16`` where the processor computes in it (AVX-512 BF16, AMX), else ``f32``."""
    return "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
