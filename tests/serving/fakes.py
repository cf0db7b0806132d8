"""Stand-ins that several tests share."""

from __future__ import annotations


class Panic(BaseException):
    """Like ``pyo3_runtime.PanicException``, which libraries written in Rust raise: no Exception."""
