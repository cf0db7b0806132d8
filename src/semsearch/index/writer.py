"""How is a version written? Posts in order, then their vectors, then the manifest over all of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from semsearch.analysis.stems import ALL, Analyzer, code_of
from semsearch.index.attributes import AttributesWriter
from semsearch.index.lexical.index import LexicalWriter
from semsearch.index.lexical.terms import TermsWriter
from semsearch.index.lexical.vocabulary import write_vocabulary
from semsearch.index.passages import PassagesWriter
from semsearch.index.storage.documents import DocumentsWriter
from semsearch.index.storage.files import digest_folder
from semsearch.index.storage.manifest import Manifest
from semsearch.index.vectors import PASSAGES_FILE, WHOLE_FILE, Read, write_vectors
from semsearch.posts import Post


class VersionWriter:
    """Writes the files of one version into an empty folder."""

    def __init__(self, folder: Path, *, dimension: int) -> None:
        self._folder = folder
        self._documents = DocumentsWriter(folder)
        self._analyzer = Analyzer(ALL)
        self._lexical = LexicalWriter(folder, self._analyzer)
        self._languages: Counter[str] = Counter()
        self._attributes = AttributesWriter()
        self._terms = TermsWriter(self._analyzer)
        self._passages = PassagesWriter()
        self._dimension = dimension
        self._corpus = hashlib.sha256()
        self._ending: Future[None] | None = None
        self.posts = 0

    @property
    def passages(self) -> int:
        """Vector rows so far: whole posts and sentences."""
        return self.posts + len(self._passages)

    @property
    def corpus_sha256(self) -> str:
        """Over every post as it was stored, in order."""
        return self._corpus.hexdigest()

    @property
    def languages(self) -> dict[str, int]:
        """How many posts are in each language, the most frequent first."""
        return dict(sorted(self._languages.items(), key=lambda entry: (-entry[1], entry[0])))

    def add_post(self, post: Post, sentences: Sequence[tuple[str, int, int]]) -> None:
        """``sentences``: field name, and ``[start, end)`` in code points of that field."""
        record = self._documents.add(post)
        self._corpus.update(f"{post.id}\x00{record}\x00{post.body}\x00".encode())
        self._lexical.add(post)
        self._attributes.add(post)
        self._terms.add(post)
        self._languages[code_of(post.language)] += 1
        self._passages.add(self.posts, sentences)
        self.posts += 1

    def end_posts(self) -> Future[None]:
        """No more posts come. What their words still need is done on a thread, while vectors are indexed."""
        if self._ending is None:
            self._documents.close()
            thread = ThreadPoolExecutor(1, thread_name_prefix="semsearch-lexical")
            self._ending = thread.submit(self._lexical.close)
            thread.shutdown(wait=False)
        return self._ending

    def write_whole_vectors(self, read: Read) -> str:
        """Indexes the vectors of all posts, in their order, and returns the kind of index."""
        return write_vectors(self._folder / WHOLE_FILE, self._dimension, self.posts, read)

    def write_passage_vectors(self, read: Read) -> str:
        """The same for all sentences, in the order of posts and, in a post, of its sentences."""
        return write_vectors(self._folder / PASSAGES_FILE, self._dimension, len(self._passages), read)

    def finish(self) -> None:
        """Writes all that is still in memory: the version is whole, but for its manifest."""
        self.end_posts().result()
        self._attributes.save(self._folder)
        self._terms.save(self._folder)
        self._passages.save(self._folder)
        write_vocabulary(self._folder, self._analyzer.known())

    def describe(self, manifest: Manifest) -> Manifest:
        """Writes the manifest, which has the digests of all files."""
        manifest = manifest.with_files(digest_folder(self._folder))
        manifest.save(self._folder)
        return manifest

    def abandon(self) -> None:
        """Stops writing, where it was not finished, and lets go of the files; what is in them is of no use."""
        self._documents.abandon()
        if self._ending:
            wait((self._ending,))
        self._lexical.abandon()
