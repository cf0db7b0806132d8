"""Open the fastest encoder of a model that is accurate on this machine: its export, or else sentence-transformers."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from filelock import FileLock

from semsearch.encoding.encoder import Encoder
from semsearch.encoding.export import export
from semsearch.encoding.models import ModelFolder, resolve_model
from semsearch.encoding.openvino import CARD, OpenVinoEncoder
from semsearch.encoding.reference import ReferenceEncoder
from semsearch.encoding.runtime import has_openvino
from semsearch.encoding.trusted_exports import TrustedExports
from semsearch.encoding.tuning import FASTEST, quantized_is_fastest
from semsearch.errors import ExportRefused, ModelError, WeightsMismatch
from semsearch.model_card import BUILT_IN, ModelCard
from semsearch.system_errors import explain, is_damage

log = logging.getLogger(__name__)

_EXPORT_FORMAT = 3
"""Exports of another format are ignored. They stay in the cache for the releases that wrote them."""
_DIGESTS = "digests.json"
_REFUSED = "refused.txt"
_LOCK = ".lock"
_UNFINISHED = ".unfinished"


def open_encoder(name: str = BUILT_IN, *, cache: Path, trusted: TrustedExports | None = None) -> Encoder:
    """Open the encoder of a model by the user's name for it, exporting the model into the cache the first time.

    ``trusted``: the exports that the index relies on; the export of the model is recorded there. Raises ModelError if
    the model is missing, is not one, or its weights are not the published ones.
    """
    model = resolve_model(name)
    folder = export_folder(cache, model.fingerprint)
    encoder = _open_export(folder, model.name, model.fingerprint, trusted, measure=True)
    if encoder is None:
        return _export_or_reference(model, cache, trusted)
    if trusted is not None and trusted.digest(folder.name) is None:
        trusted.record(folder.name, _digest_of_export(folder, _digests(folder)))
    return encoder


def open_encoder_for(card: ModelCard, *, cache: Path, trusted: TrustedExports | None = None) -> Encoder:
    """Open the encoder that made an index's vectors. Neither torch nor the model is needed if its export is cached.

    Raises ModelError; WeightsMismatch if the model of that name has changed since.
    """
    if encoder := open_exported(card, cache=cache, trusted=trusted):
        return encoder
    model = resolve_model(card.name)
    if model.fingerprint != card.fingerprint:
        raise WeightsMismatch(card.name, card.fingerprint, model.fingerprint)
    return _export_or_reference(model, cache, trusted)


def export_folder(cache: Path, fingerprint: str) -> Path:
    """Return the folder in the cache for the export of a model."""
    return cache / "encoders" / f"{fingerprint[:32]}-{_EXPORT_FORMAT}"


def open_exported(card: ModelCard, *, cache: Path, trusted: TrustedExports | None = None) -> Encoder | None:
    """Open the encoder that made an index's vectors if its export is cached, intact and trusted. Takes a moment."""
    return _open_export(export_folder(cache, card.fingerprint), card.name, card.fingerprint, trusted, measure=False)


def _open_export(
    folder: Path, name: str, fingerprint: str, trusted: TrustedExports | None, *, measure: bool
) -> Encoder | None:
    """Open an exported model; None if there is none, it was refused, it is not the one that is trusted, or it is
    damaged, in which case it is removed.

    ``measure``: measure which of its forms is fastest on this processor, if that is not known.
    """
    try:
        is_usable = folder.is_dir() and not (folder / _REFUSED).exists()
    except OSError as error:
        raise ModelError(f"the exported model in {folder} cannot be read: {explain(error)}") from error
    if not is_usable or not has_openvino():
        return None
    try:
        digests = _digests(folder)
        is_intact = json.loads((folder / _DIGESTS).read_text(encoding="utf-8")) == digests
        is_intact = is_intact and _is_export_of(fingerprint, folder)
    except ValueError:
        is_intact = False
    except OSError as error:
        if not is_damage(error):  # it may be whole, and others may use it
            raise ModelError(f"the exported model in {folder} cannot be read: {explain(error)}") from error
        is_intact = False
    if not is_intact:
        log.warning("the exported model in %s is damaged; it is exported again", folder)
        shutil.rmtree(folder, ignore_errors=True)
        return None
    if not _is_trusted(folder, digests, trusted):
        log.warning("the exported model in %s is not the one that this index was built with; it is not used", folder)
        return None
    return OpenVinoEncoder(folder, name, quantized=quantized_is_fastest(folder, measure=measure))


def _is_export_of(fingerprint: str, folder: Path) -> bool:
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    return isinstance(card, dict) and card.get("fingerprint") == fingerprint


def _is_trusted(folder: Path, digests: Mapping[str, str], trusted: TrustedExports | None) -> bool:
    """Return whether the index relies on this export, or on none yet."""
    expected = None if trusted is None else trusted.digest(folder.name)
    return expected is None or expected == _digest_of_export(folder, digests)


def _export_or_reference(model: ModelFolder, cache: Path, trusted: TrustedExports | None) -> Encoder:
    """Export a model, or fall back on sentence-transformers. A refusal is cached, so that it is tried only once."""
    folder = export_folder(cache, model.fingerprint)
    reference = ReferenceEncoder(model)
    if not has_openvino():
        return reference
    if not (folder / _REFUSED).exists():
        log.info("preparing %s for this machine (once)", model.name)
        try:
            _export(reference, folder, trusted)
        except OSError as error:
            raise ModelError(
                f"cannot write the exported model to {folder}: {explain(error)}; or run semsearch rebuild once as a "
                "user with write access"
            ) from error
    return _open_export(folder, model.name, model.fingerprint, trusted, measure=True) or reference


def _export(reference: ReferenceEncoder, folder: Path, trusted: TrustedExports | None) -> None:
    """Create the folder, with the export or the reason why it was refused, in one step when all of it is written.

    An export that is not trusted is replaced, and the new one is recorded. One process exports at a time, so an
    unfinished export is left from a process that was killed.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / _LOCK):
        if (folder / _REFUSED).exists() or (folder.exists() and _is_trusted(folder, _digests(folder), trusted)):
            return  # another process has exported the model meanwhile
        scratch = _make_empty(folder.parent / _UNFINISHED)
        try:
            export(reference, scratch)
            (scratch / _DIGESTS).write_text(json.dumps(_digests(scratch)), encoding="utf-8")
        except ExportRefused as error:
            log.warning("%s", error)
            (_make_empty(scratch) / _REFUSED).write_text(f"{error}\n", encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        scratch.rename(folder)
        if trusted is not None and not (folder / _REFUSED).exists():
            trusted.record(folder.name, _digest_of_export(folder, _digests(folder)))


def _make_empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _digests(folder: Path) -> dict[str, str]:
    """Compute the SHA-256 of every file of an export, in parallel: each start of a service or search waits for it."""
    files = [file for file in sorted(folder.iterdir()) if file.name != _DIGESTS and FASTEST not in file.name]
    with ThreadPoolExecutor() as pool:
        return dict(zip([file.name for file in files], pool.map(_digest, files), strict=True))


def _digest_of_export(folder: Path, digests: Mapping[str, str]) -> str:
    """Compute the digest of an export from those of its files, whatever name its model had."""
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    content = [card | {"name": ""}, {**digests, CARD: ""}]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
