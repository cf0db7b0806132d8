"""Which encoder serves a model here? The exported form where it is good, sentence-transformers where it is not."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
from pathlib import Path

from semsearch.encoding.encoder import Encoder
from semsearch.encoding.models import BUILT_IN, ModelFolder, resolve_model
from semsearch.errors import ExportRefused, ModelError, WeightsMismatch
from semsearch.model_card import ModelCard

log = logging.getLogger(__name__)

_DIGESTS = "digests.json"
_REFUSED = "refused.txt"


def open_encoder(name: str = BUILT_IN, *, cache: Path) -> Encoder:
    """The encoder of a model named by its user; exports the model into the cache the first time.

    Raises ModelError where the model is missing, is not one, or has other weights than it should.
    """
    model = resolve_model(name)
    return _open_export(_folder(cache, model.fingerprint)) or _export_or_reference(model, cache)


def open_encoder_for(card: ModelCard, *, cache: Path) -> Encoder:
    """The encoder that made an index's vectors. With its export in the cache, neither torch nor the model is touched.

    Raises ModelError; WeightsMismatch where the model of that name has changed since.
    """
    if encoder := _open_export(_folder(cache, card.fingerprint)):
        return encoder
    model = resolve_model(card.name)
    if model.fingerprint != card.fingerprint:
        raise WeightsMismatch(card.name, card.weights_sha256, model.weights_sha256)
    return _export_or_reference(model, cache)


def _folder(cache: Path, fingerprint: str) -> Path:
    return cache / "encoders" / fingerprint[:32]


def _open_export(folder: Path) -> Encoder | None:
    """The exported model; None where there is none, it was refused, or it is damaged (it is then removed)."""
    if not folder.is_dir() or (folder / _REFUSED).exists():
        return None
    try:
        intact = json.loads((folder / _DIGESTS).read_text(encoding="utf-8")) == _digests(folder)
    except (OSError, ValueError):
        intact = False
    if not intact:
        log.warning("the exported model in %s is damaged; it is made anew", folder)
        shutil.rmtree(folder, ignore_errors=True)
        return None
    from semsearch.encoding.openvino import OpenVinoEncoder  # noqa: PLC0415

    return OpenVinoEncoder(folder)


def _export_or_reference(model: ModelFolder, cache: Path) -> Encoder:
    """Exports a model, once: a refusal is remembered beside the exports, until the cache is cleared."""
    from semsearch.encoding.export import export  # noqa: PLC0415  (it and the next need torch: 5 s)
    from semsearch.encoding.reference import ReferenceEncoder  # noqa: PLC0415

    folder = _folder(cache, model.fingerprint)
    reference = ReferenceEncoder(model)
    if (folder / _REFUSED).exists():
        return reference
    log.info("preparing %s for this machine (once)", model.name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as scratch:
        work = Path(scratch) / "export"
        work.mkdir()
        try:
            export(reference, work)
            (work / _DIGESTS).write_text(json.dumps(_digests(work)), encoding="utf-8")
        except ExportRefused as error:
            log.warning("%s", error)
            (work / _REFUSED).write_text(f"{error}\n", encoding="utf-8")
        try:
            work.rename(folder)
        except OSError as error:
            if not folder.is_dir():  # else another process was first, and its export is as good
                raise ModelError(f"cannot keep the exported model in {folder}: {error}") from error
    return _open_export(folder) or reference


def _digests(folder: Path) -> dict[str, str]:
    digests = {}
    for file in sorted(folder.iterdir()):
        if file.name != _DIGESTS:
            with file.open("rb") as stream:
                digests[file.name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return digests
