"""Resolve the examples of a request for related posts: posts are looked up, texts are encoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from semsearch.encoding import Encoder
from semsearch.index import Snapshot
from semsearch.index.attributes import NO_LANGUAGE
from semsearch.index.lexical.terms import count_terms
from semsearch.index.phrases import PhraseReader
from semsearch.posts import Post
from semsearch.relating.features import ExampleFeatures, Features, post_centres
from semsearch.search import requests
from semsearch.search.reasons import Side, side_of
from semsearch.search.visibility import VisiblePosts
from semsearch.text import sentences

_MAX_CHARACTERS = 2_000
"""Characters of a text that are encoded as its post vector."""
_MIN_CHARACTERS = 400
"""The same for each of many texts."""
_MAX_SENTENCES = 64
"""Sentences that are encoded for all texts of a request together."""


@dataclass(frozen=True, slots=True)
class ResolvedExample:
    """An example with all that posts are compared by."""

    ordinal: int | None
    """The ordinal of the post; None for a text."""
    features: ExampleFeatures
    side: Side
    """The side of the example when reasons are searched."""


class ExampleResolver:
    """Resolves examples for one snapshot. Thread-safe."""

    def __init__(
        self, snapshot: Snapshot, encoder: Encoder, features: Callable[[], Features], phrases: PhraseReader
    ) -> None:
        """``features`` returns the features of the snapshot; it is called for every example."""
        self._snapshot, self._encoder, self._features, self._phrases = snapshot, encoder, features, phrases

    def resolve(self, request: requests.RelatedRequest) -> tuple[list[ResolvedExample], list[ResolvedExample]]:
        """The positive and the negative examples. Raises PostNotFound for an unknown or invisible post."""
        visible = VisiblePosts(self._snapshot, request.visibility)
        text_count = sum(example.id is None for example in (*request.positive, *request.negative))

        def resolve(example: requests.Example) -> ResolvedExample:
            if example.id is None:
                return self._text(example.text or "", text_count)
            return self._post(visible.ordinal(example.id))

        return [resolve(example) for example in request.positive], [resolve(example) for example in request.negative]

    def _post(self, ordinal: int) -> ResolvedExample:
        features = self._features().of_post(ordinal)
        post = self._snapshot.documents.get([ordinal])[0]
        return ResolvedExample(ordinal, features, side_of(self._snapshot, post, ordinal, features.vector))

    def _text(self, text: str, text_count: int) -> ResolvedExample:
        """Encode a text as a whole and sentence by sentence, as posts are.

        The more texts a request has, the less is encoded of each: so it takes no longer, and other requests need not
        wait.
        """
        spans = sentences(text)[: _MAX_SENTENCES // text_count]
        parts = [text[start:end] for start, end in spans] if len(spans) > 1 else []
        texts = [text[: max(_MIN_CHARACTERS, _MAX_CHARACTERS // text_count)], *parts]
        vectors = np.empty((len(texts), self._snapshot.post_vectors.dimension), dtype=np.float32)
        for positions, batch in self._encoder.encode_documents(texts):
            vectors[positions] = batch
        centre = post_centres(vectors[:1], vectors[1:].sum(axis=0, keepdims=True))[0]
        code, terms = self._terms(text)
        features = self._features().of_text(centre, terms, self._snapshot.attributes.find_language(code))
        post, shown = Post(id="", title="", body=text, language=code), parts or texts
        phrases = self._phrases.rows(post)
        side = Side(post, centre, vectors[1:] if parts else vectors, shown.__getitem__, phrases)
        return ResolvedExample(None, features, side)

    def _terms(self, text: str) -> tuple[str, Mapping[str, int]]:
        """Guess the language of a text, and count its terms.

        It is that of the main languages of the index in which most of its terms are known.
        """
        snapshot = self._snapshot
        analysed = [
            (code, count_terms([(text, 1)], snapshot.analyzer, code)) for code in snapshot.manifest.main_languages
        ]
        return max(analysed, key=lambda code_and_terms: len(snapshot.terms.vectorize(code_and_terms[1]).columns))


def common_language(examples: Sequence[ResolvedExample]) -> int:
    """The language of all the examples; NO_LANGUAGE where they differ or have none."""
    languages = {example.features.language for example in examples}
    return languages.pop() if len(languages) == 1 else NO_LANGUAGE
