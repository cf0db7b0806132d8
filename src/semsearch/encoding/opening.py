"""Which encoder serves a model here? The exported form where it is good, sentence-transformers where it is not."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from filelock import FileLock

from semsearch.encoding.encoder import Encoder
from semsearch.encoding.export import export
from semsearch.encoding.models import ModelFolder, resolve_model
from semsearch.encoding.openvino import OpenVinoEncoder
from semsearch.encoding.reference import ReferenceEncoder
from semsearch.encoding.runtime import has_openvino
from semsearch.encoding.tuning import FASTEST, quantized_is_fastest
from semsearch.errors import ExportRefused, ModelError, WeightsMismatch
from semsearch.model_card import BUILT_IN, ModelCard

log = logging.getLogger(__name__)

_FORMAT = 3
"""Of an export: with another number, older ones are not looked at."""
_DIGESTS = "digests.json"
_REFUSED = "refused.txt"
_LOCK = ".lock"
_UNFINISHED = ".unfinished"


def open_encoder(name: str = BUILT_IN, *, cache: Path) -> Encoder:
    """The encoder of a model named by its user; exports the model into the cache the first time.

    Raises ModelError where the model is missing, is not one, or has other weights than it should.
    """
    model = resolve_model(name)
    return _open_export(export_folder(cache, model.fingerprint), model.name, measure=True) or _export_or_reference(
        model, cache
    )


def open_encoder_for(card: ModelCard, *, cache: Path) -> Encoder:
    """The encoder that made an index's vectors. With its export in the cache, neither torch nor the model is touched.

    Raises ModelError; WeightsMismatch where the model of that name has changed since.
    """
    if encoder := open_exported(card, cache=cache):
        return encoder
    model = resolve_model(card.name)
    if model.fingerprint != card.fingerprint:
        raise WeightsMismatch(card.name, card.fingerprint, model.fingerprint)
    return _export_or_reference(model, cache)


def export_folder(cache: Path, fingerprint: str) -> Path:
    """Where the export of a model is kept."""
    return cache / "encoders" / f"{fingerprint[:32]}-{_FORMAT}"


def open_exported(card: ModelCard, *, cache: Path) -> Encoder | None:
    """The encoder that made an index's vectors, if its export is in the cache, whole: that takes a moment."""
    return _open_export(export_folder(cache, card.fingerprint), card.name, measure=False)


def _open_export(folder: Path, name: str, *, measure: bool) -> Encoder | None:
    """The exported model; None where there is none, it was refused, or it is damaged (it is then removed).

    ``measure``: whether it may take a moment to find out how it runs fastest here.
    """
    if not folder.is_dir() or (folder / _REFUSED).exists() or not has_openvino():
        return None
    try:
        intact = json.loads((folder / _DIGESTS).read_text(encoding="utf-8")) == _digests(folder)
    except (OSError, ValueError):
        intact = False
    if not intact:
        log.warning("the exported model in %s is damaged; it is made anew", folder)
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return OpenVinoEncoder(folder, name, quantized=quantized_is_fastest(folder, measure=measure))


def _export_or_reference(model: ModelFolder, cache: Path) -> Encoder:
    """Exports a model, once: a refusal is remembered beside the exports, until the cache is cleared."""
    folder = export_folder(cache, model.fingerprint)
    reference = ReferenceEncoder(model)
    if not has_openvino():
        return reference
    if not (folder / _REFUSED).exists():
        log.info("preparing %s for this machine (once)", model.name)
        try:
            _export(reference, folder)
        except OSError as error:
            raise ModelError(
                f"cannot keep the exported model in {folder}: {error}; make room, or run semsearch rebuild once as "
                "a user who may write there"
            ) from error
    return _open_export(folder, model.name, measure=True) or reference


def _export(reference: ReferenceEncoder, folder: Path) -> None:
    """Makes the folder, with the export or the reason why there is none; it appears when all of it is written.

    One process exports at a time, so anything unfinished is from one that was killed.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / _LOCK):
        if folder.exists():
            return  # another process was first, and its export is as good
        work = _emptied(folder.parent / _UNFINISHED)
        try:
            export(reference, work)
            (work / _DIGESTS).write_text(json.dumps(_digests(work)), encoding="utf-8")
        except ExportRefused as error:
            log.warning("%s", error)
            (_emptied(work) / _REFUSED).write_text(f"{error}\n", encoding="utf-8")
        work.rename(folder)


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of an export; on all cores, since each start of a service or a search waits for it."""
    files = [file for file in sorted(folder.iterdir()) if file.name != _DIGESTS and FASTEST not in file.name]
    with ThreadPoolExecutor() as pool:
        return dict(zip([file.name for file in files], pool.map(_digest, files), strict=True))


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
