"""Compile an exported model for the CPU: once for documents, and for queries by their length."""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from semsearch.encoding.packing import PADDED_INPUTS, Tokens
from semsearch.encoding.quantization import GROUP
from semsearch.encoding.runtime import openvino_core

LENGTH_STEP = 8
"""Queries are padded to a multiple of so many tokens: few shapes occur, and each is compiled only once."""
_MAX_FIXED_LENGTH = 32
"""A single query of up to so many tokens runs on a model compiled for exactly its padded length. That takes a quarter
less time than a model for any length, and one more copy of the layers' weights (33 MB for the built-in model)."""

_Shape = int | str
"""What a model is compiled for: a single query of so many tokens, _LONG or _BATCH."""
_LONG, _BATCH = "long", "batch"


class _ThreadRequests(threading.local):
    """The inference requests of a thread, by shape."""

    def __init__(self) -> None:
        self.by_shape: dict[_Shape, Any] = {}


class CompiledModels:
    """The compiled variants of one exported model. Each is compiled when it is first needed. Thread-safe."""

    def __init__(self, file: Path, *, precision: str, quantized: bool) -> None:
        """``precision``: ``bf16`` or ``f32``."""
        self._file, self._precision = file, precision
        self._settings = {
            "INFERENCE_PRECISION_HINT": precision,
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": str(GROUP if quantized else 0),
        }
        self._requests, self._compile_lock = _ThreadRequests(), threading.Lock()
        self._for_queries: dict[_Shape, Any] = {}

    @functools.cached_property
    def for_documents(self) -> Any:
        """The model at its highest throughput: each batch runs on one core."""
        settings = self._settings | {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "CPU_RUNTIME_CACHE_CAPACITY": "0",  # without a cache of compiled shapes memory stays flat, as fast
        }
        return openvino_core().compile_model(str(self._file), "CPU", settings)

    @property
    def max_batches_in_flight(self) -> int:
        """One batch of documents more than run at a time, so that the next is ready when one ends."""
        return int(self.for_documents.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")) + 1

    def query_request(self, queries: Sequence[Tokens]) -> Any:
        """Return this thread's inference request for one query or for a batch of them."""
        shape = _shape_of(queries)
        requests = self._requests.by_shape
        if shape not in requests:
            # Looked up without the lock: another shape may be compiling, which takes a while.
            compiled = self._for_queries.get(shape) or self._compile_for_queries(shape)
            requests[shape] = compiled.create_infer_request()
        return requests[shape]

    def _compile_for_queries(self, shape: _Shape) -> Any:
        """Compile the model for a shape of queries, unless another thread has done so.

        A long query gets all cores at once. A short one gets two if the model runs in float32, for
        1.6 times the speed; lower precision gains little from a second core. A batch gets one core, so that other
        requests can be ranked meanwhile without waiting for its threads.
        """
        with self._compile_lock:
            if shape not in self._for_queries:
                model = openvino_core().read_model(str(self._file))
                settings = self._settings | {"PERFORMANCE_HINT": "LATENCY"}
                if shape != _LONG:
                    gains_from_two = shape != _BATCH and self._precision == "f32"
                    settings["INFERENCE_NUM_THREADS"] = "2" if gains_from_two else "1"
                if isinstance(shape, int):
                    model.reshape({port.any_name: [1, shape] for port in model.inputs})
                self._for_queries[shape] = openvino_core().compile_model(model, "CPU", settings)
            return self._for_queries[shape]


def takes_padded_inputs(compiled: Any) -> bool:
    """True if a compiled model, or a request of one, reads one padded text per row."""
    inputs = compiled.model_inputs if hasattr(compiled, "model_inputs") else compiled.inputs
    return len(inputs) == len(PADDED_INPUTS)


def _shape_of(queries: Sequence[Tokens]) -> _Shape:
    if len(queries) > 1:
        return _BATCH
    length = len(queries[0]) + -len(queries[0]) % LENGTH_STEP
    return length if length <= _MAX_FIXED_LENGTH else _LONG
