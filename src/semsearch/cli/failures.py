"""What the command line says about an error: one sentence, or nothing if the error is a defect of semsearch."""

from __future__ import annotations

from semsearch.errors import OutOfMemory, SemsearchError
from semsearch.system_errors import explain, is_lack_of_memory

MIN_ADDRESS_SPACE = 1 << 30
"""Bytes of address space without which libraries end the process while they are loaded, in a way that Python cannot
catch."""


def sentence_of(error: BaseException) -> str | None:
    """Return what a user can do about an error; None for a defect, whose traceback must be seen."""
    if isinstance(error, (KeyboardInterrupt, SystemExit)):
        return None
    if isinstance(error, SemsearchError):
        return str(error)
    if is_lack_of_memory(error):
        return str(OutOfMemory(str(error) or "an allocation failed"))
    return str(SemsearchError(explain(error))) if isinstance(error, OSError) else None


def check_address_space() -> None:
    """Raise OutOfMemory if the limit of address space is so low that libraries would crash."""
    try:
        import resource  # noqa: PLC0415  (not on every system)
    except ImportError:
        return
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY and soft < MIN_ADDRESS_SPACE:
        raise OutOfMemory(
            f"this process may use {soft >> 20:,} MiB of address space, and needs {MIN_ADDRESS_SPACE >> 20:,} MiB"
        )
