from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import semsearch
from semsearch.encoding.models import resolve_model
from semsearch.encoding.reference import ReferenceEncoder
from semsearch.ranking.score import Explanation
from tests.builders import raw_post, write_corpus
from tests.encoding.tiny import LEAST, Tiny, documents

PROMPTED = Tiny(prompts=(("query", "question: "), ("passage", "text: ")))


def test_a_model_with_prompts_indexes_and_searches_with_them(tiny: Callable[[Tiny], Path], tmp_path: Path) -> None:
    posts = [raw_post(name, title=f"{name} town", teaser="") for name in ("bread", "tide", "music")]
    corpus, index = write_corpus(tmp_path / "corpus", posts), tmp_path / "index"
    semsearch.rebuild(corpus, index, model=str(tiny(PROMPTED)))
    searcher = semsearch.open(index)
    card = searcher.snapshot.manifest.model
    assert (card.query_prompt, card.document_prompt) == ("question: ", "text: ")
    plain = ReferenceEncoder(resolve_model(str(tiny(Tiny()))))
    [query] = plain.encode_queries(["question: music in the garden"])
    for hit in searcher.search("music in the garden", mode="semantic", explain=True).hits:
        [post] = documents(plain, [f"text: {hit.title}"])
        assert isinstance(hit.explanation, Explanation)
        assert hit.explanation.semantic is not None
        least = 1 - LEAST[searcher.encoder.backend]
        assert hit.explanation.semantic.whole == pytest.approx(float(query @ post), abs=10 * least)
