"""Resolve the examples of a request for related posts: posts are looked up, texts are encoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from semsearch.encoding import Encoder
from semsearch.index import Snapshot
from semsearch.index.attributes import NO_LANGUAGE
from semsearch.index.lexical.terms import TermRows, count_terms
from semsearch.index.phrases import PhraseReader
from semsearch.posts import Post
from semsearch.relating.features import ExampleFeatures, Features, post_centres
from semsearch.search import requests
from semsearch.search.reasons import Side, side_of
from semsearch.search.visibility import VisiblePosts
from semsearch.text import sentences

_MAX_CHARACTERS = 2_000
"""Characters of a text that are encoded as its post vector, and by which its language is guessed."""
_MIN_CHARACTERS = 60
"""The same for each of many texts."""
_MAX_SENTENCES, _MAX_SENTENCE_CHARACTERS = 16, 3_000
"""Sentences that are encoded for all texts of a request together, and about how many characters they have. With more
sentences, lists hardly change, and the posts that a post links to are found no more often."""


@dataclass(frozen=True, slots=True)
class ResolvedExample:
    """An example with all that posts are compared by."""

    ordinal: int | None
    """The ordinal of the post; None for a text."""
    features: ExampleFeatures
    side: Side
    """The side of the example when reasons are searched."""


class ResolvedExamples(NamedTuple):
    """The examples of a request, in its order."""

    positive: Sequence[ResolvedExample]
    negative: Sequence[ResolvedExample]


class ExampleResolver:
    """Resolves examples for one snapshot. Thread-safe."""

    def __init__(
        self, snapshot: Snapshot, encoder: Encoder, features: Callable[[], Features], phrases: PhraseReader
    ) -> None:
        """``features`` returns the features of the snapshot; it is called for every example."""
        self._snapshot, self._encoder, self._features, self._phrases = snapshot, encoder, features, phrases

    def resolve(self, request: requests.RelatedRequest) -> ResolvedExamples:
        """Look up the posts and encode the texts. Raises PostNotFound for an unknown or invisible post."""
        visible = VisiblePosts(self._snapshot, request.visibility)
        examples = (*request.positive, *request.negative)
        posts = [self._post(visible.ordinal(example.id)) for example in examples if example.id is not None]
        texts = self._texts([example.text or "" for example in examples if example.id is None])
        of_posts, of_texts = iter(posts), iter(texts)
        resolved = [next(of_texts if example.id is None else of_posts) for example in examples]
        return ResolvedExamples(resolved[: len(request.positive)], resolved[len(request.positive) :])

    def _post(self, ordinal: int) -> ResolvedExample:
        features = self._features().of_post(ordinal)
        post = self._snapshot.documents.get([ordinal])[0]
        return ResolvedExample(ordinal, features, side_of(self._snapshot, post, ordinal, features.vector))

    def _texts(self, texts: Sequence[str]) -> list[ResolvedExample]:
        """Encode each text as a whole and sentence by sentence, as posts are."""
        pieces = [_encoded_pieces(text, len(texts)) for text in texts]
        vectors = np.empty((sum(map(len, pieces)), self._snapshot.post_vectors.dimension), dtype=np.float32)
        if texts:
            for positions, batch in self._encoder.encode_documents([piece for each in pieces for piece in each]):
                vectors[positions] = batch
        ends = np.cumsum([len(each) for each in pieces]).tolist()
        return [
            self._text(text, each, vectors[end - len(each) : end])
            for text, each, end in zip(texts, pieces, ends, strict=True)
        ]

    def _text(self, text: str, pieces: Sequence[str], vectors: NDArray[np.float32]) -> ResolvedExample:
        """Resolve a text. ``vectors``: of its pieces, shape (pieces, dimension); see :func:`_encoded_pieces`."""
        centre = post_centres(vectors[:1], vectors[1:].sum(axis=0, keepdims=True))[0]
        code, terms = self._terms(text)
        features = self._features().of_terms(centre, terms, self._snapshot.attributes.find_language(code))
        post = Post(id="", title="", body=text, language=code)
        shown, vectors = (pieces[1:], vectors[1:]) if len(pieces) > 1 else (pieces, vectors)
        side = Side(post, centre, vectors, shown.__getitem__, self._phrases.rows(post))
        return ResolvedExample(None, features, side)

    def _terms(self, text: str) -> tuple[str, TermRows]:
        """Guess the language of a text, and return it with the term vector of the text.

        It is that of the main languages of the index in which most terms of its beginning are known.
        """
        languages = self._snapshot.manifest.main_languages
        if len(languages) == 1:
            code = languages[0]
        else:
            beginning = text[:_MAX_CHARACTERS]
            code = max(languages, key=lambda language: len(self._terms_in(beginning, language).columns))
        return code, self._terms_in(text, code)

    def _terms_in(self, text: str, language: str) -> TermRows:
        snapshot = self._snapshot
        return snapshot.terms.vectorize(count_terms([(text, 1)], snapshot.analyzer, language))


def _encoded_pieces(text: str, text_count: int) -> list[str]:
    """Return the beginning of a text, and some of its sentences, from all of it, if it has several.

    ``text_count``: how many texts the request has. The more, the less is encoded of each, so that it takes no longer.
    """
    spans, parts = sentences(text), []
    if len(spans) > 1:
        of_usual_length = _MAX_SENTENCE_CHARACTERS * len(spans) // len(text)
        count = min(len(spans), max(of_usual_length, 2), _MAX_SENTENCES) // text_count
        parts = [text[start:end] for start, end in (spans[place * len(spans) // count] for place in range(count))]
    return [text[: max(_MIN_CHARACTERS, _MAX_CHARACTERS // text_count)], *parts]


def common_language(examples: Sequence[ResolvedExample]) -> int:
    """The language of all the examples; NO_LANGUAGE where they differ or have none."""
    languages = {example.features.language for example in examples}
    return languages.pop() if len(languages) == 1 else NO_LANGUAGE
