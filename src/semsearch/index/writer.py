"""How is a version written? Posts in order, then their vectors, then the manifest over all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from semsearch.index.attributes import AttributesWriter
from semsearch.index.documents import DocumentsWriter
from semsearch.index.files import digest_folder, sync_folder
from semsearch.index.lexical import LexicalWriter
from semsearch.index.manifest import Manifest
from semsearch.index.passages import PassagesWriter
from semsearch.index.vectors import PASSAGES_FILE, WHOLE_FILE, VectorIndexWriter
from semsearch.posts import Post


class VersionWriter:
    """Writes the files of one version into an empty folder."""

    def __init__(self, folder: Path, *, dimension: int) -> None:
        self._folder = folder
        self._documents = DocumentsWriter(folder)
        self._lexical = LexicalWriter(folder)
        self._attributes = AttributesWriter()
        self._passages = PassagesWriter()
        self._whole = VectorIndexWriter(dimension)
        self._passage_vectors = VectorIndexWriter(dimension)
        self._corpus = hashlib.sha256()
        self.posts = 0

    @property
    def passages(self) -> int:
        """Vector rows so far: whole posts and sentences."""
        return self.posts + len(self._passages)

    @property
    def corpus_sha256(self) -> str:
        """Over every post as it was stored, in order."""
        return self._corpus.hexdigest()

    def add_post(self, post: Post, sentences: Sequence[tuple[str, int, int]]) -> None:
        """``sentences``: field name, and ``[start, end)`` in code points of that field."""
        record = self._documents.add(post)
        for part in (post.id, record, post.body):
            self._corpus.update(part.encode())
            self._corpus.update(b"\x00")
        self._lexical.add(post)
        self._attributes.add(post)
        self._passages.add(self.posts, sentences)
        self.posts += 1

    def add_whole_vectors(self, vectors: NDArray[np.float32]) -> None:
        """In the order of posts; shape (rows, dimension)."""
        self._whole.add(vectors)

    def add_passage_vectors(self, vectors: NDArray[np.float32]) -> None:
        """In the order of posts and, in a post, of its sentences; shape (rows, dimension)."""
        self._passage_vectors.add(vectors)

    def finish(self, manifest: Manifest) -> Manifest:
        """Writes all that is still in memory and the manifest, and returns when all of it is on the disk."""
        self._documents.close()
        self._lexical.close()
        self._attributes.save(self._folder)
        self._passages.save(self._folder)
        self._whole.save(self._folder / WHOLE_FILE)
        self._passage_vectors.save(self._folder / PASSAGES_FILE)
        manifest = manifest.with_files(digest_folder(self._folder))
        manifest.save(self._folder)
        sync_folder(self._folder)
        return manifest

    def abandon(self) -> None:
        """Stops writing, where it was not finished, and lets go of the files; what is in them is of no use."""
        self._documents.abandon()
        self._lexical.abandon()
