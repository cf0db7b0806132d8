"""Writes a version: first its posts, then their vectors, and last the manifest."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from semsearch.analysis.compounds import Compounds
from semsearch.analysis.stems import UNBOUNDED, Analyzer, language_code
from semsearch.index.acronyms import Acronym, Acronyms
from semsearch.index.attributes import AttributesWriter
from semsearch.index.boilerplate import Boilerplate, write_boilerplate
from semsearch.index.faiss_vectors import PASSAGES_FILE, WHOLE_FILE, ReadVectors, write_vectors
from semsearch.index.lexical.compounds import write_compounds
from semsearch.index.lexical.terms import TermsWriter
from semsearch.index.lexical.vocabulary import write_vocabulary
from semsearch.index.lexical.writer import LexicalWriter
from semsearch.index.passages import PassagesWriter
from semsearch.index.phrases import PhraseReader, PhrasesWriter
from semsearch.index.prepared_post import PreparedPost
from semsearch.index.storage.documents import DocumentsWriter
from semsearch.index.storage.files import digest_folder
from semsearch.index.storage.manifest import Manifest
from semsearch.index.vector_index import VectorIndex
from semsearch.posts import Post


class VersionWriter:
    """Writes the files of one version into an empty folder.

    Call :meth:`add_post` for each post, then the methods that write vectors, then :meth:`finish` and, once the folder
    holds all other files, :meth:`write_manifest`.
    """

    def __init__(self, folder: Path, *, dimension: int) -> None:
        self._folder = folder
        self._documents = DocumentsWriter(folder)
        self._analyzer = Analyzer(UNBOUNDED)
        self._lexical = LexicalWriter(folder, self._analyzer)
        self._languages: Counter[str] = Counter()
        self._words: set[str] = set()
        """The words of posts that were prepared by themselves."""
        self._attributes = AttributesWriter()
        self._terms = TermsWriter(self._analyzer)
        self._phrase_reader, self._phrases = PhraseReader.with_own_words(), PhrasesWriter()
        self._passages = PassagesWriter()
        self._dimension = dimension
        self._corpus = hashlib.sha256()
        self._lexical_closing: Future[None] | None = None
        self.ids: list[str] = []
        """The ids of the posts so far, in order."""
        self.posts = 0

    @property
    def passages(self) -> int:
        """The number of vectors of the posts so far: one for each post and one for each passage."""
        return self.posts + len(self._passages)

    @property
    def corpus_sha256(self) -> str:
        """The SHA-256 of all posts as stored, in order."""
        return self._corpus.hexdigest()

    @property
    def languages(self) -> dict[str, int]:
        """How many posts are in each language, by ISO 639 code, the most frequent first."""
        return dict(sorted(self._languages.items(), key=lambda entry: (-entry[1], entry[0])))

    def use_compounds(self, compounds: Compounds) -> None:
        """Let the words of some compounds be found by their parts as well. To be called before the first post."""
        self._analyzer.compounds = compounds

    @property
    def digests(self) -> NDArray[np.uint64]:
        """See :func:`semsearch.index.attributes.content_digest`; shape (posts,)."""
        return self._attributes.digests

    def add_post(
        self, post: Post, sentences: Sequence[tuple[str, int, int]], prepared: PreparedPost | None = None
    ) -> None:
        """Add a post. ``sentences``: field name, and ``[start, end)`` in code points of that field.

        ``prepared``: what :func:`semsearch.index.prepared_post.prepare` returns, if that is known.
        """
        prepared = prepared or PreparedPost.of(post, self._analyzer, self._phrase_reader)
        record = self._documents.add(post)
        self.ids.append(post.id)
        self._corpus.update(f"{post.id}\x00{record}\x00{post.body}\x00".encode())
        self._lexical.add(post, prepared.field_terms)
        self._attributes.add(post, prepared.folded)
        self._terms.add(post, prepared.term_counts)
        self._phrases.add(prepared.phrases)
        self._words.update(prepared.words)
        self._languages[language_code(post.language)] += 1
        self._passages.add(self.posts, sentences)
        self.posts += 1

    def finish_posts(self) -> Future[None]:
        """End the posts. The lexical index is completed on a thread, so that vectors can be indexed meanwhile."""
        if self._lexical_closing is None:
            self._documents.close()
            thread = ThreadPoolExecutor(1, thread_name_prefix="semsearch-lexical")
            self._lexical_closing = thread.submit(self._lexical.close)
            thread.shutdown(wait=False)
        return self._lexical_closing

    def write_post_vectors(self, read: ReadVectors, before: VectorIndex | None = None) -> str:
        """Index one vector for each post, in the order of posts, and return the kind of index.

        ``before``: an index whose compression is used if there is to be one.
        """
        return write_vectors(self._folder / WHOLE_FILE, self._dimension, self.posts, read, before)

    def write_passage_vectors(self, read: ReadVectors, before: VectorIndex | None = None) -> str:
        """Index one vector for each passage, in the order they were added; see :meth:`write_post_vectors`."""
        return write_vectors(self._folder / PASSAGES_FILE, self._dimension, len(self._passages), read, before)

    def finish(self, boilerplate: Iterable[Boilerplate] = (), acronyms: Iterable[Acronym] = ()) -> None:
        """Write everything that is still in memory; only the related posts and the manifest are then missing.

        ``boilerplate``: what was left out of the posts. ``acronyms``: those that the posts expand.
        """
        self.finish_posts().result()
        self._attributes.save(self._folder)
        self._terms.save(self._folder)
        self._phrases.save(self._folder)
        self._passages.save(self._folder)
        write_boilerplate(self._folder, boilerplate)
        Acronyms(acronyms).save(self._folder)
        write_compounds(self._folder, self._analyzer.compounds)
        write_vocabulary(self._folder, (*self._analyzer.memoised_words(), *self._words))

    def write_manifest(self, manifest: Manifest) -> Manifest:
        """Write the manifest with the digests of all files in the folder, and return it."""
        manifest = manifest.with_files(digest_folder(self._folder))
        manifest.save(self._folder)
        return manifest

    def abandon(self) -> None:
        """Stop writing and close the files, whose content is then of no use. Does nothing after :meth:`finish`."""
        self._documents.abandon()
        if self._lexical_closing:
            wait((self._lexical_closing,))
        self._lexical.abandon()
