"""Choose the faster form of an exported model, exact or quantized, by measuring both once per kind of processor."""

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
"""The quantized form is used if it is at least this many times as fast, since it is a little less exact."""
_TEXT = "A teaser of usual length says in one sentence what a post is about, and why it is worth reading. "
_TEXTS = 64
_ROUNDS = 3


def quantized_is_fastest(folder: Path, *, measure: bool) -> bool:
    """Return whether to run the quantized form of an export on this processor.

    If that is not known, ``measure`` times both forms and saves the result; it takes a second or two for a small
    model. Without ``measure`` the exact form is used.
    """
    if not (folder / QUANTIZED).exists():
        return False
    known = _read(folder)
    if known is not None or not measure:
        return bool(known)
    exact, quantized = (OpenVinoEncoder(folder, "", quantized=is_quantized) for is_quantized in (False, True))
    rounds = [(_seconds(exact), _seconds(quantized)) for _ in range(1 + _ROUNDS)][1:]  # round 0 compiles the models
    gain = min(seconds for seconds, _ in rounds) / min(seconds for _, seconds in rounds)
    log.info("the quantized model is %.2f times as fast on this processor", gain)
    _write(folder, quantized=gain >= MIN_GAIN)
    return gain >= MIN_GAIN


def _seconds(encoder: OpenVinoEncoder) -> float:
    started = time.perf_counter()
    for _ in encoder.encode_documents([_TEXT] * _TEXTS):
        pass
    return time.perf_counter() - started


def _read(folder: Path) -> bool | None:
    """Return the result saved for this kind of processor; None if there is none."""
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
        log.info("cannot save which form of the model is faster: %s", error)
