"""Detect that a rebuild would make the same version again, and publish a copy of that version instead."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import importlib.metadata
import logging
from dataclasses import replace
from pathlib import Path

from semsearch.corpus import digest as digest_of_files
from semsearch.errors import DamagedVersion, IndexNotReadable, SemsearchError
from semsearch.index import IndexFolder, Manifest
from semsearch.model_card import ModelCard
from semsearch.rebuilding.texts import TEMPLATE

_PACKAGE = Path(__file__).parent.parent

log = logging.getLogger(__name__)

_LIBRARIES = (
    "faiss-cpu",
    "tantivy",
    "numpy",
    "scipy",
    "openvino",
    "tokenizers",
    "sentence-transformers",
    "sentencex",
    "py3langid",
)


def library_releases() -> dict[str, str]:
    """Return the installed release of everything that can change the content of a version, semsearch included."""
    return {"semsearch": f"{_release('semsearch')} {_code_digest()}"} | {name: _release(name) for name in _LIBRARIES}


def find_unchanged(folder: IndexFolder, corpus: Path, model: ModelCard) -> Manifest | None:
    """Return the current version if it was built from these files by the same model and releases; else None."""
    try:
        current = folder.manifest()
    except SemsearchError:
        return None
    built_with = (current.model, current.template, dict(current.libraries))
    if built_with != (model, TEMPLATE, library_releases()) or current.corpus_files_sha256 is None:
        return None
    return current if current.corpus_files_sha256 == digest_of_files(corpus) else None


def republish(folder: IndexFolder, current: Manifest) -> Manifest | None:
    """Publish a copy of the current version. Returns its manifest, or None if that is damaged or unreadable."""
    building = folder.new_building()
    try:
        folder.copy(current, building)
    except (DamagedVersion, IndexNotReadable) as error:
        log.warning("%s; it is built again", error)
        folder.clear_building()
        return None
    created_at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    copy = replace(current, version=building.name, created_at=created_at)
    copy.save(building)
    folder.publish(building)
    return copy


@functools.cache  # reading it takes milliseconds
def _release(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:  # some libraries do not support every system
        return "none"


@functools.cache  # the code that runs is that of the first call
def _code_digest() -> str:
    """Digest the code of this package, which in a working copy changes more often than its release."""
    digest = hashlib.sha256()
    for file in sorted(_PACKAGE.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
