"""What does a request see? One version, opened and checked; it never changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from semsearch.analysis.stems import Analyzer
from semsearch.errors import DamagedVersion
from semsearch.index.attributes import Attributes
from semsearch.index.lexical.index import LexicalIndex
from semsearch.index.lexical.queries import FIELDS, FIELDS_OF_FORMAT_1
from semsearch.index.lexical.terms import FILE as TERMS_FILE
from semsearch.index.lexical.terms import Terms
from semsearch.index.lexical.vocabulary import Vocabulary
from semsearch.index.passages import Passages
from semsearch.index.related import RelatedPosts
from semsearch.index.storage.documents import Documents
from semsearch.index.storage.files import check_folder
from semsearch.index.storage.manifest import Manifest
from semsearch.index.vectors import PASSAGES_FILE, WHOLE_FILE, VectorIndex


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A version of the index, open for reading. Posts are known by ordinal, from 0."""

    manifest: Manifest
    whole: VectorIndex
    """Row n is the whole of post n."""
    passage_vectors: VectorIndex
    """Row n is passage row n."""
    passages: Passages
    lexical: LexicalIndex
    documents: Documents
    attributes: Attributes
    vocabulary: Vocabulary
    terms: Terms
    related: RelatedPosts | None
    """None where the version is from before format 3, or not whole yet."""
    analyzer: Analyzer

    @classmethod
    def open(cls, folder: Path) -> Snapshot:
        """Opens a version after checking the size and SHA-256 of each of its files.

        Raises DamagedVersion, which names the file, or UnsupportedFormat.
        """
        manifest = Manifest.load(folder)
        check_folder(manifest.version, folder, manifest.files)
        snapshot = cls.read(folder, manifest)
        snapshot.check_counts()
        return snapshot

    @classmethod
    def read(cls, folder: Path, manifest: Manifest) -> Snapshot:
        """Opens a version whose files are known to be as they were written."""
        return cls(
            manifest=manifest,
            whole=VectorIndex.open(folder / WHOLE_FILE),
            passage_vectors=VectorIndex.open(folder / PASSAGES_FILE),
            passages=Passages.open(folder, manifest.posts),
            lexical=LexicalIndex.open(folder, FIELDS_OF_FORMAT_1 if manifest.format == 1 else FIELDS),
            documents=Documents.open(folder),
            attributes=Attributes.open(folder),
            vocabulary=Vocabulary.open(folder),
            terms=Terms.open(folder) if (folder / TERMS_FILE).exists() else Terms.none(manifest.posts),
            related=RelatedPosts.open(folder),
            analyzer=Analyzer(),
        )

    @property
    def version(self) -> str:
        return self.manifest.version

    def __len__(self) -> int:
        return self.manifest.posts

    def close(self) -> None:
        self.documents.close()

    def check_counts(self) -> None:
        """Raises DamagedVersion where a file holds more or fewer posts or passages than the manifest says."""
        posts, passages = self.manifest.posts, self.manifest.passages - self.manifest.posts
        counts = {
            "whole vectors": (len(self.whole), posts),
            "passage vectors": (len(self.passage_vectors), passages),
            "passages": (len(self.passages), passages),
            "lexical documents": (len(self.lexical), posts),
            "documents": (len(self.documents), posts),
            "attributes": (len(self.attributes), posts),
            "terms": (len(self.terms), posts),
            "related posts": (len(self.related) if self.related else posts, posts),
            "vector dimensions": (self.whole.dimension, self.manifest.model.dimension),
        }
        for what, (found, expected) in counts.items():
            if found != expected:
                raise DamagedVersion(self.version, what, f"{found}, not {expected}")
