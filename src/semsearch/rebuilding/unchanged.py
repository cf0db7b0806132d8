"""Would a rebuild make the same version again? Then a copy of the one in use becomes the next."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.metadata
import logging
from dataclasses import replace
from pathlib import Path

from semsearch.corpus import digest as digest_of_files
from semsearch.errors import DamagedVersion, SemsearchError
from semsearch.index import IndexFolder, Manifest
from semsearch.model_card import ModelCard
from semsearch.rebuilding.texts import TEMPLATE

_PACKAGE = Path(__file__).parent.parent

log = logging.getLogger(__name__)

_LIBRARIES = ("faiss-cpu", "tantivy", "numpy", "scipy", "openvino", "tokenizers", "sentence-transformers", "sentencex")


def libraries() -> dict[str, str]:
    """The releases of whatever has a part in a version: with another, it might come out otherwise."""
    return {"semsearch": f"{_release('semsearch')} {_code()}"} | {name: _release(name) for name in _LIBRARIES}


def _code() -> str:
    """A digest of this package's own code, which changes more often than its release where it is worked on."""
    digest = hashlib.sha256()
    for file in sorted(_PACKAGE.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def same_again(folder: IndexFolder, corpus: Path, model: ModelCard) -> Manifest | None:
    """The version in use, where it was made of just these files, by the same model and releases; else None."""
    try:
        current = folder.manifest()
    except SemsearchError:
        return None
    made_by = (current.model, current.template, dict(current.libraries))
    if made_by != (model, TEMPLATE, libraries()) or current.corpus_files_sha256 is None:
        return None
    return current if current.corpus_files_sha256 == digest_of_files(corpus) else None


def republish(folder: IndexFolder, current: Manifest) -> Manifest | None:
    """Publishes a copy of the version in use; None where that is damaged, and must be made anew."""
    building = folder.new_building()
    try:
        folder.copy(current, building)
    except DamagedVersion as error:
        log.warning("%s; it is made anew", error)
        folder.clear_building()
        return None
    created_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    copy = replace(current, version=building.name, created_at=created_at)
    copy.save(building)
    folder.publish(building)
    return copy


def _release(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:  # there are systems that it is not made for
        return "none"
