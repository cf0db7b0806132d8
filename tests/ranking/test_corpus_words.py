from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.index import NO_FILTER, Filter
from semsearch.ranking.corpus_words import CorpusWords
from semsearch.search import Searcher
from tests.search.fakes import planted, searcher_of

TEXTS = {
    "north": ["walrus and lantern", "a lantern in the harbour", "walruses"],
    "south": ["zephyr and lanterne", "lanterne of the harbour", "Laternen am Hafen"],
}


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    posts = [
        planted(
            f"{tenant}-{place}",
            (1.0, place),
            title=text,
            tags=(tenant,),
            authors=(f"Ann {tenant}",),
            language="de" if text[0] == "L" else "en",
        )
        for tenant, texts in TEXTS.items()
        for place, text in enumerate(texts)
    ]
    searcher = searcher_of(tmp_path_factory.mktemp("words") / "v", posts, {})
    yield searcher
    searcher.snapshot.close()


def only(tenant: str) -> Filter:
    return Filter(tags=(tenant,))


tenants = st.sampled_from([*TEXTS, None])
words = st.sampled_from(sorted({word for texts in TEXTS.values() for text in texts for word in text.lower().split()}))


@given(tenants, words)
def test_words_are_counted_in_visible_posts(searcher: Searcher, tenant: str | None, word: str) -> None:
    corpus = CorpusWords(searcher.snapshot, only(tenant) if tenant else NO_FILTER)
    texts = [text for name, some in TEXTS.items() if tenant in (None, name) for text in some]
    posts = sum(word in text.lower().split() for text in texts)
    assert corpus.form_frequency(word) == posts
    assert corpus.has_form(word) == (posts > 0)


def test_terms_are_counted_in_visible_posts(searcher: Searcher) -> None:
    north, south, everything = (CorpusWords(searcher.snapshot, only(name)) for name in ("north", "south", "none"))
    assert [corpus.document_frequency("walrus") for corpus in (north, south, everything)] == [2, 0, 0]
    assert CorpusWords(searcher.snapshot).document_frequency("walrus") == 2
    assert not south.has_term("walrus")


def test_only_words_of_visible_posts_are_similar(searcher: Searcher) -> None:
    similar = {name: CorpusWords(searcher.snapshot, only(name)).similar_words("lanternx") for name in TEXTS}
    assert [[word for word, _ in words] for words in similar.values()] == [["lantern"], ["lanterne"]]


def test_languages_are_those_of_visible_posts(searcher: Searcher) -> None:
    assert CorpusWords(searcher.snapshot).posts_by_language() == {"en": 5, "de": 1}
    assert CorpusWords(searcher.snapshot, only("north")).languages == ("en",)
    assert CorpusWords(searcher.snapshot, only("south")).posts_by_language() == {"en": 2, "de": 1}


def test_authors_are_those_of_visible_posts(searcher: Searcher) -> None:
    north = CorpusWords(searcher.snapshot, only("north"))
    assert north.is_author(("ann", "north"))
    assert not north.is_author(("ann", "south"))
    assert CorpusWords(searcher.snapshot).is_author(("ann", "south"))
