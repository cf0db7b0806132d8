"""An open version of the index."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

from semsearch.analysis.stems import Analyzer
from semsearch.errors import DamagedVersion, IndexNotReadable
from semsearch.index.acronyms import FILE as ACRONYMS_FILE
from semsearch.index.acronyms import Acronyms
from semsearch.index.attributes import FILE as ATTRIBUTES_FILE
from semsearch.index.attributes import Attributes
from semsearch.index.boilerplate import FILE as BOILERPLATE_FILE
from semsearch.index.boilerplate import Boilerplate, read_boilerplate
from semsearch.index.faiss_vectors import PASSAGES_FILE, WHOLE_FILE, FaissVectors
from semsearch.index.hubness import FILE as HUBNESS_FILE
from semsearch.index.hubness import Hubness
from semsearch.index.lexical.compounds import FILE as COMPOUNDS_FILE
from semsearch.index.lexical.compounds import read_compounds
from semsearch.index.lexical.index import LexicalIndex
from semsearch.index.lexical.terms import FILE as TERMS_FILE
from semsearch.index.lexical.terms import Terms
from semsearch.index.lexical.vocabulary import FILE as VOCABULARY_FILE
from semsearch.index.lexical.vocabulary import Vocabulary
from semsearch.index.passages import FILE as PASSAGES_TABLE_FILE
from semsearch.index.passages import Passages
from semsearch.index.phrases import FILE as PHRASES_FILE
from semsearch.index.phrases import KeyPhrases
from semsearch.index.related import CENTRES_FILE, RelatedPosts
from semsearch.index.related import FILE as RELATED_FILE
from semsearch.index.storage.documents import FILE as DOCUMENTS_FILE
from semsearch.index.storage.documents import Documents
from semsearch.index.storage.files import NO_FILES, FolderStamp, check_folder, stamp_of
from semsearch.index.storage.manifest import FILE, Manifest
from semsearch.index.vector_index import VectorIndex
from semsearch.system_errors import explain

_REQUIRED_FILES = (
    WHOLE_FILE,
    PASSAGES_FILE,
    PASSAGES_TABLE_FILE,
    DOCUMENTS_FILE,
    ATTRIBUTES_FILE,
    VOCABULARY_FILE,
    TERMS_FILE,
    RELATED_FILE,
    CENTRES_FILE,
    COMPOUNDS_FILE,
    PHRASES_FILE,
    ACRONYMS_FILE,
    BOILERPLATE_FILE,
    HUBNESS_FILE,
)
"""The files of every version, besides those of tantivy."""
_NO_RESOURCES = (RuntimeError, ValueError, sqlite3.Error)
"""What the libraries raise when they cannot open a file that is as it was written."""
_GIVE_RESOURCES = "free memory, or raise its limit (ulimit -v) or that of open files (ulimit -n)"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A version of the index, open for reading. Posts are identified by ordinal, from 0. Thread-safe."""

    manifest: Manifest
    post_vectors: VectorIndex
    """Row n is the vector of the title and teaser of post n."""
    passage_vectors: VectorIndex
    """Row n is the vector of row n of ``passages``."""
    passages: Passages
    lexical: LexicalIndex
    documents: Documents
    attributes: Attributes
    vocabulary: Vocabulary
    terms: Terms
    phrases: KeyPhrases
    related: RelatedPosts
    hubness: Hubness
    analyzer: Analyzer
    boilerplate: tuple[Boilerplate, ...]
    """What was left out of the posts, that of the most posts first."""
    acronyms: Acronyms
    stamp: FolderStamp = NO_FILES
    """That of its folder, taken before the files were checked; empty if they were not."""

    @classmethod
    def open(cls, folder: Path) -> Snapshot:
        """Open a version after checking the size and SHA-256 of each of its files.

        Raises UnsupportedFormat, DamagedVersion, which names the damaged file, or IndexNotReadable, which says what is
        missing: permission, memory or open files.
        """
        manifest = Manifest.load(folder)
        for name in _REQUIRED_FILES:
            if name not in manifest.files:
                raise DamagedVersion(manifest.version, FILE, f"it does not list {name}")
        stamp = stamp_of(folder)
        check_folder(manifest.version, folder, manifest.files)
        try:
            snapshot = replace(cls.read(folder, manifest), stamp=stamp)
        except (OSError, MemoryError) as error:
            raise IndexNotReadable(folder, explain(error)) from error
        except _NO_RESOURCES as error:
            raise IndexNotReadable(folder, f"{error}; {_GIVE_RESOURCES}") from error
        snapshot.check_counts()
        return snapshot

    @classmethod
    def read(cls, folder: Path, manifest: Manifest) -> Snapshot:
        """Open a version without verifying the digests of its files."""
        return cls._read(folder, manifest, RelatedPosts.open(folder), Hubness.open(folder))

    @classmethod
    def read_unfinished(cls, folder: Path, manifest: Manifest) -> Snapshot:
        """Open a version that is being built and has neither related posts nor hubness yet: ``related`` is empty, and
        no post is a hub."""
        related = RelatedPosts.empty(manifest.posts, manifest.model.dimension)
        return cls._read(folder, manifest, related, Hubness.none(manifest.posts))

    @classmethod
    def _read(cls, folder: Path, manifest: Manifest, related: RelatedPosts, hubness: Hubness) -> Snapshot:
        attributes = Attributes.open(folder)
        return cls(
            manifest=manifest,
            post_vectors=FaissVectors.open(folder / WHOLE_FILE),
            passage_vectors=FaissVectors.open(folder / PASSAGES_FILE),
            passages=Passages.open(folder, manifest.posts),
            lexical=LexicalIndex.open(folder),
            documents=Documents.open(folder, attributes.spelled),
            attributes=attributes,
            vocabulary=Vocabulary.open(folder),
            terms=Terms.open(folder),
            phrases=KeyPhrases.open(folder),
            related=related,
            analyzer=Analyzer(compounds=read_compounds(folder)),
            hubness=hubness,
            boilerplate=read_boilerplate(folder),
            acronyms=Acronyms.open(folder),
        )

    @property
    def version(self) -> str:
        return self.manifest.version

    def __len__(self) -> int:
        """Return the number of posts."""
        return self.manifest.posts

    def close(self) -> None:
        self.documents.close()

    def check_counts(self) -> None:
        """Raise DamagedVersion if the number of posts or passages in a file is not that of the manifest."""
        posts, passages = self.manifest.posts, self.manifest.passages - self.manifest.posts
        counts = {
            "post vectors": (len(self.post_vectors), posts),
            "passage vectors": (len(self.passage_vectors), passages),
            "passages": (len(self.passages), passages),
            "lexical documents": (len(self.lexical), posts),
            "documents": (len(self.documents), posts),
            "attributes": (len(self.attributes), posts),
            "terms": (len(self.terms), posts),
            "phrases": (len(self.phrases), posts),
            "related posts": (len(self.related), posts),
            "hubness": (len(self.hubness), posts),
            "vector dimensions": (self.post_vectors.dimension, self.manifest.model.dimension),
        }
        for name, (found, expected) in counts.items():
            if found != expected:
                raise DamagedVersion(self.version, name, f"{found}, not {expected}")
