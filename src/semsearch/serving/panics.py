"""Turns panics of native libraries into ordinary exceptions.

A library written in Rust raises ``pyo3_runtime.PanicException``, which derives from BaseException: ``except Exception``
does not catch it. A thread that works for many requests must survive it, and pass it on to the request that caused it.
"""

from __future__ import annotations


def as_exception(error: BaseException) -> Exception:
    """The error itself, or a RuntimeError caused by it where it cannot be passed on as it is.

    That concerns what derives from BaseException alone, and StopIteration, which no asyncio future accepts. Only for
    errors caught on a thread that does not handle signals: KeyboardInterrupt and SystemExit are converted too.
    """
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    converted = RuntimeError(f"{type(error).__name__}: {error}")
    converted.__cause__ = error
    return converted
