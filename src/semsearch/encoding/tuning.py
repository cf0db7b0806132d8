"""Which form of an exported model is the fastest on this machine? Measured where another kind of processor was last."""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path

from semsearch.encoding.openvino import QUANTIZED, OpenVinoEncoder
from semsearch.encoding.runtime import processor

log = logging.getLogger(__name__)

FASTEST = "fastest.json"
MIN_GAIN = 1.1
"""How much faster the quantized form must be to be used: it is a little less exact."""
_TEXT = "A teaser of usual length says in one sentence what a post is about, and why it is worth reading. "
_TEXTS = 64
_ROUNDS = 3


def quantized_is_fastest(folder: Path, *, measure: bool) -> bool:
    """Whether to run the quantized form of an export here.

    What was measured on another kind of processor tells nothing. Then, with ``measure``, both forms are timed, in a
    second or two for a small model, and the answer is kept; without it the exact form is used.
    """
    if not (folder / QUANTIZED).exists():
        return False
    known = _read(folder)
    if known is not None or not measure:
        return bool(known)
    exact, quantized = (OpenVinoEncoder(folder, "", quantized=form) for form in (False, True))
    seconds = [(_seconds(exact), _seconds(quantized)) for _ in range(1 + _ROUNDS)][1:]  # the first compiles
    gain = min(one for one, _ in seconds) / min(other for _, other in seconds)
    log.info("quantized, the model is %.2f times as fast on this processor", gain)
    _write(folder, quantized=gain >= MIN_GAIN)
    return gain >= MIN_GAIN


def _seconds(encoder: OpenVinoEncoder) -> float:
    started = time.perf_counter()
    for _ in encoder.encode_documents([_TEXT] * _TEXTS):
        pass
    return time.perf_counter() - started


def _read(folder: Path) -> bool | None:
    try:
        known = json.loads((folder / FASTEST).read_text(encoding="utf-8"))
        return bool(known["quantized"]) if known["processor"] == processor() else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(folder: Path, *, quantized: bool) -> None:
    content = json.dumps({"processor": processor(), "quantized": quantized})
    scratch = folder / f".{FASTEST}.{os.getpid()}"
    try:
        scratch.write_text(content, encoding="utf-8")
        scratch.replace(folder / FASTEST)
    except OSError as error:  # it is measured again next time
        log.info("cannot keep which form of the model is faster: %s", error)
